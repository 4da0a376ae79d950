#!/usr/bin/env bash
# services.sh runs the real services that `make test-services` tests against, on
# 127.0.0.1, without docker and without an init system.
#
#   services.sh start NAME…   install what is missing, start, wait until ready
#   services.sh stop NAME…    end it; its data and its port stay: the next start is a restart
#   services.sh kill NAME…    end it at once, as a crash does
#   services.sh purge NAME…   stop, and delete the data
#   services.sh env           export lines for the services that run
#   services.sh kafka TOOL …  one of Kafka's own tools: topics, delete-records, get-offsets, …
#
# Services: kafka, postgres. State is in ${DF360_SERVICES_DIR:-.services}, downloads are kept
# in ~/.cache/df360.
#
# A service NAME is four functions: NAME_install, NAME_start (it calls launch),
# NAME_ready, NAME_env (lines NAME=value). List it in SERVICES.
# shellcheck disable=SC2317 # they are called by name
set -euo pipefail

readonly SERVICES=(kafka postgres)
readonly HOST=127.0.0.1
readonly CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/df360
STATE=${DF360_SERVICES_DIR:-.services}
mkdir -p "$STATE" "$CACHE"
STATE=$(cd "$STATE" && pwd)
readonly STATE

die() { echo "services.sh: $*" >&2; exit 1; }

# --- processes -------------------------------------------------------------------

port_open() { (exec 3<>"/dev/tcp/$HOST/$1") 2>/dev/null; }

# port NAME [USE] is a service's port, drawn once: below those that the kernel gives
# to clients, so that it is still free when the server comes back.
port() {
	local file=$STATE/$1/port${2:+-$2} p
	if [[ ! -s $file ]]; then
		while p=$((20000 + RANDOM % 12000)); port_open "$p" || grep -qsx "$p" "$STATE"/*/port*; do :; done
		echo "$p" >"$file"
	fi
	cat "$file"
}

# born PID is when a process was started: with its number that names it for good, so
# that nothing is ever sent to another one that has got its number.
born() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

# pid NAME is the process of a service that runs.
pid() {
	local p at
	read -r p at 2>/dev/null <"$STATE/$1/pid" || return 1
	[[ $(born "$p") == "$at" ]] && echo "$p"
}

# launch NAME COMMAND… starts a server in a session of its own.
launch() {
	local dir=$STATE/$1; shift
	setsid "$@" >>"$dir/log" 2>&1 </dev/null 9>&- &
	echo "$! $(born $!)" >"$dir/pid"
}

start() {
	local i
	pid "$1" >/dev/null && return
	mkdir -p "$STATE/$1"
	"$1_install"
	"$1_start"
	for ((i = 0; i < 1200; i++)); do
		"$1_ready" && return
		pid "$1" >/dev/null || break
		sleep 0.1
	done
	tail -n 20 "$STATE/$1/log" >&2
	end "$1" KILL
	die "$1 does not start; its log is $STATE/$1/log"
}

# gentle NAME is the signal that asks a service to end now: PostgreSQL's TERM waits
# for its clients.
gentle() { if [[ $1 == postgres ]]; then echo INT; else echo TERM; fi; }

# end NAME SIGNAL ends a service, and waits for that; one that does not listen for
# 20 s is killed.
end() {
	local p i
	if p=$(pid "$1"); then
		kill "-$2" "$p"
		for ((i = 0; i < 400; i++)); do
			pid "$1" >/dev/null || break
			sleep 0.05
		done
		if pid "$1" >/dev/null; then kill -KILL "$p"; fi
		while pid "$1" >/dev/null; do sleep 0.05; done
	fi
	rm -f "$STATE/$1/pid"
}

# apt PACKAGE… installs Debian packages.
apt() {
	local as=()
	[[ $EUID -eq 0 ]] || as=(sudo)
	"${as[@]}" apt-get -qq update >&2
	"${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" >&2
}

# --- kafka -----------------------------------------------------------------------
# Apache Kafka from its Maven jars: one node, broker and controller in one process.

readonly KAFKA_VERSION=4.3.1 LOG4J_VERSION=2.25.4
readonly KAFKA_JARS=$CACHE/kafka-$KAFKA_VERSION

kafka_install() {
	local missing=() work artifact g a v
	command -v java >/dev/null || missing+=(openjdk-17-jre-headless)
	[[ -e $KAFKA_JARS/.whole ]] || command -v mvn >/dev/null || missing+=(maven)
	[[ ${#missing[@]} -eq 0 ]] || apt "${missing[@]}"
	[[ -e $KAFKA_JARS/.whole ]] && return
	work=$(mktemp -d)
	{
		echo '<project><modelVersion>4.0.0</modelVersion><groupId>df360</groupId><artifactId>kafka</artifactId>'
		echo '<version>1</version><packaging>pom</packaging><dependencies>'
		for artifact in "org.apache.kafka:kafka_2.13:$KAFKA_VERSION" "org.apache.kafka:kafka-tools:$KAFKA_VERSION" \
			"org.apache.logging.log4j:log4j-slf4j-impl:$LOG4J_VERSION"; do
			IFS=: read -r g a v <<<"$artifact"
			echo "<dependency><groupId>$g</groupId><artifactId>$a</artifactId><version>$v</version></dependency>"
		done
		echo '</dependencies></project>'
	} >"$work/pom.xml"
	mvn -B -q -Dstyle.color=never -f "$work/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$KAFKA_JARS" >&2
	rm -rf "$work"
	touch "$KAFKA_JARS/.whole"
}

kafka_start() {
	local dir=$STATE/kafka p c
	p=$(port kafka) c=$(port kafka controller)
	cat >"$dir/log4j2.properties" <<-END
		rootLogger.level = WARN
		rootLogger.appenderRef.out.ref = out
		logger.server.name = kafka.server.KafkaRaftServer
		logger.server.level = INFO
		appender.out.type = Console
		appender.out.name = out
		appender.out.target = SYSTEM_ERR
		appender.out.layout.type = PatternLayout
		appender.out.layout.pattern = [%d] %p %m (%c{1})%n
	END
	cat >"$dir/server.properties" <<-END
		process.roles=broker,controller
		node.id=1
		controller.quorum.voters=1@$HOST:$c
		listeners=PLAINTEXT://$HOST:$p,CONTROLLER://$HOST:$c
		advertised.listeners=PLAINTEXT://$HOST:$p
		controller.listener.names=CONTROLLER
		listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
		log.dirs=$dir/data
		auto.create.topics.enable=true
		offsets.topic.replication.factor=1
		offsets.topic.num.partitions=4
		transaction.state.log.replication.factor=1
		transaction.state.log.min.isr=1
		transaction.state.log.num.partitions=4
		share.coordinator.state.topic.replication.factor=1
		share.coordinator.state.topic.min.isr=1
		group.initial.rebalance.delay.ms=0
		log.retention.check.interval.ms=1000
		log.cleaner.backoff.ms=1000
	END
	if [[ ! -e $dir/data/meta.properties ]]; then
		java -cp "$KAFKA_JARS/*" kafka.tools.StorageTool format -t "$(kafka_id)" -c "$dir/server.properties" >"$dir/log" 2>&1 ||
			{ cat "$dir/log" >&2; die "kafka: its storage cannot be formatted"; }
	fi
	: >"$dir/log"
	launch kafka java -Xms256m -Xmx512m -Dlog4j2.configurationFile="$dir/log4j2.properties" \
		-cp "$KAFKA_JARS/*" kafka.Kafka "$dir/server.properties"
}

# kafka_id is a new cluster's: 16 random bytes as base64 for URLs.
kafka_id() { head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d '='; }

kafka_ready() { grep -qs 'Kafka Server started' "$STATE/kafka/log" && port_open "$(port kafka)"; }
kafka_env() { echo "DF360_TEST_KAFKA=$HOST:$(port kafka)"; }

kafka_tool() {
	local class
	case ${1:-} in
	topics) class=org.apache.kafka.tools.TopicCommand ;;
	delete-records) class=org.apache.kafka.tools.DeleteRecordsCommand ;;
	get-offsets) class=org.apache.kafka.tools.GetOffsetShell ;;
	groups) class=org.apache.kafka.tools.consumer.group.ConsumerGroupCommand ;;
	configs) class=kafka.admin.ConfigCommand ;;
	*) die "the tools of Kafka are topics, delete-records, get-offsets, groups, configs" ;;
	esac
	shift
	java -Xmx256m -cp "$KAFKA_JARS/*" "$class" --bootstrap-server "$HOST:$(port kafka)" "$@"
}

# --- postgres --------------------------------------------------------------------
# PostgreSQL with TLS and a password (SCRAM). It refuses to run as root, so root hands
# it to the user postgres, whose data is in the temporary folder where .services is
# out of its reach.

pg_bin() { printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1; }
pg_as() { [[ $EUID -ne 0 ]] || echo setpriv --reuid=postgres --regid=postgres --clear-groups; }

postgres_install() {
	[[ -x $(pg_bin)/postgres ]] && return
	if [[ $EUID -eq 0 && ! -e /etc/postgresql-common/createcluster.conf ]]; then # no server of the package's own
		mkdir -p /etc/postgresql-common
		echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
	fi
	apt postgresql-15 openssl
}

postgres_start() {
	local dir=$STATE/postgres as data
	read -ra as <<<"$(pg_as)"
	[[ -s $dir/datadir ]] || postgres_init "$dir"
	data=$(<"$dir/datadir")
	: >"$dir/log"
	(cd / && launch postgres "${as[@]}" "$(pg_bin)/postgres" -D "$data" -h "$HOST" -p "$(port postgres)" \
		-c unix_socket_directories='' -c ssl=on -c max_connections=50)
}

postgres_init() {
	local dir=$1 data=$1/data pw as
	read -ra as <<<"$(pg_as)"
	mkdir -p "$data"
	if [[ $EUID -eq 0 ]]; then
		chown postgres: "$data"
		"${as[@]}" test -w "$data" || { data=$(mktemp -d -t df360-postgres.XXXXXX); chown postgres: "$data"; }
	fi
	pw=$(mktemp -t df360-pw.XXXXXX)
	echo orange-kettle >"$pw"
	chmod 644 "$pw"
	(cd / && "${as[@]}" "$(pg_bin)/initdb" -D "$data" -U df360 --pwfile="$pw" --auth=scram-sha-256 \
		--encoding=UTF8 --locale=C.UTF-8) >"$dir/log" 2>&1 ||
		{ cat "$dir/log" >&2; rm -rf "$data" "$pw"; die "postgres: initdb failed"; }
	rm -f "$pw"
	(cd / && "${as[@]}" openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=localhost \
		-addext "subjectAltName=DNS:localhost,IP:$HOST" -keyout "$data/server.key" -out "$data/server.crt") 2>>"$dir/log" ||
		die "postgres: openssl cannot make a certificate; the log is $dir/log"
	"${as[@]}" chmod 600 "$data/server.key"
	cp "$data/server.crt" "$dir/ca.crt"
	echo "$data" >"$dir/datadir"
}

postgres_purge() { [[ ! -s $STATE/postgres/datadir ]] || rm -rf "$(<"$STATE/postgres/datadir")"; }
postgres_ready() { "$(pg_bin)/pg_isready" -q -h "$HOST" -p "$(port postgres)"; }

postgres_env() {
	echo "DF360_TEST_POSTGRES=postgres://df360:orange-kettle@$HOST:$(port postgres)/postgres"
	echo "DF360_TEST_POSTGRES_CA=$STATE/postgres/ca.crt"
}

# --- the command line ------------------------------------------------------------

print_env() {
	local name line
	printf 'export DF360_SERVICES_DIR=%q\n' "$STATE"
	for name in "${SERVICES[@]}"; do
		pid "$name" >/dev/null || continue
		"${name}_env" | while IFS= read -r line; do printf 'export %s=%q\n' "${line%%=*}" "${line#*=}"; done
	done
}

main() {
	local verb=${1:-help} name
	[[ $# -eq 0 ]] || shift
	case $verb in
	env) print_env; return ;;
	kafka) kafka_tool "$@"; return ;;
	start | stop | kill | purge) ;;
	*) sed -n '2,/^# in ~/{s/^# \{0,1\}//;p}' "$0"; [[ $verb == help ]] || exit 2; return ;;
	esac
	[[ $# -gt 0 ]] || die "$verb: which service? There are ${SERVICES[*]}"
	for name; do [[ " ${SERVICES[*]} " == *" $name "* ]] || die "there is no service $name, but ${SERVICES[*]}"; done
	exec 9>"$STATE/lock"
	flock 9 # one of these at a time; servers do not keep the lock
	for name; do
		case $verb in
		start) start "$name" ;;
		stop) end "$name" "$(gentle "$name")" ;;
		kill) end "$name" KILL ;;
		purge)
			end "$name" "$(gentle "$name")"
			[[ $name != postgres ]] || postgres_purge
			rm -rf "${STATE:?}/$name"
			;;
		esac
	done
}

main "$@"
