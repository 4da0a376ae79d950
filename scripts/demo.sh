#!/bin/sh
# Makes data, transforms it and shows the tables: demo.sh PROGRAM LAKE. Running
# it again finds nothing new: the seed makes the same rows.
set -eu
df360=$1
DF360_LAKE=$2
export DF360_LAKE

run() {
	printf '\n$ df360'
	for word in "$@"; do
		case $word in
		*[!A-Za-z0-9_.%=-]*) printf ' "%s"' "$word" ;;
		*) printf ' %s' "$word" ;;
		esac
	done
	printf '\n'
	"$df360" "$@"
}

run fake all --seed 360 --duplicates 1% --invalid 2% --nulls 1%
run transform --dataset users_fake --type users
run transform --dataset transactions_fake --type transactions --aggregate
run transform --dataset logs_fake --type logs --aggregate
run lake ls
run lake query "SELECT age_group, count(*) AS users FROM processed.users_fake GROUP BY ALL ORDER BY users DESC"
run lake query "SELECT user_id, total_transactions, total_amount, unique_merchants FROM processed.transactions_fake_agg ORDER BY total_amount DESC LIMIT 5"
run lake query "SELECT log_date, source, level, log_count FROM processed.logs_fake_agg ORDER BY log_count DESC, log_date, source LIMIT 5"
run lake query "SELECT _reason, count(*) AS rows FROM processed.transactions_fake_rejected GROUP BY ALL ORDER BY rows DESC"
run lake verify
