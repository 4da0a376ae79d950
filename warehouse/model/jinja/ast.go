package jinja

// The tree. Each node evaluates itself: eval*.go and exec*.go have the methods.

// pos is a place, and how high the tree under a node is.
type pos struct {
	line   int32
	height int32
}

func (p *pos) at() *pos { return p }

type expr interface {
	at() *pos
	eval(r *run) (Value, error)
}

type stmt interface {
	at() *pos
	exec(r *run) (flow, error)
}

// flow is how a statement ended.
type flow byte

const (
	goOn flow = iota
	breakLoop
	continueLoop
)

// ref is where a name's value is: up scopes out, in slot idx.
type ref struct{ up, idx int }

type (
	constExpr struct {
		pos
		val Value
	}
	nameExpr struct {
		pos
		name string
		ref  ref
	}
	nsRef struct { // a target: name.attr
		pos
		name, attr string
		ref        ref
	}
	listExpr struct {
		pos
		items []expr
	}
	tupleExpr struct {
		pos
		items []expr
	}
	dictExpr struct {
		pos
		keys, vals []expr
	}
	attrExpr struct {
		pos
		obj  expr
		name string
	}
	itemExpr struct {
		pos
		obj, key expr
	}
	sliceExpr struct { // only as the key of itemExpr
		pos
		start, stop, step expr
	}
	callExpr struct {
		pos
		fn   expr
		args args
	}
	filterExpr struct {
		pos
		obj  expr // nil in filter and set blocks: their body
		name string
		args args
		fn   filterFunc // nil where the filter is not known
	}
	testExpr struct {
		pos
		obj  expr
		name string
		args args
		fn   testFunc
	}
	condExpr struct {
		pos
		test, yes, no expr // no may be nil
	}
	logicExpr struct { // and, or
		pos
		or          bool
		left, right expr
	}
	notExpr struct {
		pos
		x expr
	}
	unaryExpr struct {
		pos
		neg bool
		x   expr
	}
	binExpr struct {
		pos
		op          string
		left, right expr
	}
	concatExpr struct {
		pos
		parts []expr
	}
	compareExpr struct {
		pos
		first expr
		ops   []string
		rest  []expr
	}
)

// args are the arguments of a call.
type args struct {
	pos    []expr
	named  []namedArg
	star   expr
	dstar  expr
	height int32
}

type namedArg struct {
	name string
	val  expr
}

type (
	dataStmt struct {
		pos
		text string
	}
	outputStmt struct {
		pos
		val expr
	}
	ifStmt struct {
		pos
		tests  []expr
		bodies [][]stmt
		other  []stmt
	}
	forStmt struct {
		pos
		target    expr
		iter      expr
		test      expr
		body      []stmt
		other     []stmt
		recursive bool
		usesLoop  bool

		bodyFrame, testFrame, elseFrame *frame
		loopSlot                        int
	}
	setStmt struct {
		pos
		target expr
		val    expr
		export bool // at the top level
	}
	setBlock struct {
		pos
		target expr
		filter *filterExpr
		body   []stmt
		frame  *frame
		export bool
	}
	macroStmt struct {
		pos
		macro  *macroDef
		slot   ref
		export bool
	}
	callBlock struct {
		pos
		call  *callExpr
		macro *macroDef
	}
	filterBlock struct {
		pos
		filter *filterExpr
		body   []stmt
		frame  *frame
	}
	withStmt struct {
		pos
		targets []expr
		vals    []expr
		body    []stmt
		frame   *frame
	}
	autoescapeStmt struct {
		pos
		on    expr
		body  []stmt
		frame *frame
	}
	doStmt struct {
		pos
		x expr
	}
	loopCtl struct {
		pos
		how flow
	}
	blockStmt struct {
		pos
		name             string
		body             []stmt
		scoped, required bool
		frame            *frame
		locals           []local
	}
	extendsStmt struct {
		pos
		parent expr
		nested bool
	}
	includeStmt struct {
		pos
		names       expr
		ignore, ctx bool
		locals      []local
	}
	importStmt struct {
		pos
		from   expr
		ctx    bool
		target string
		slot   ref
		names  []importName // of from … import
		locals []local
		export bool
	}
	tagStmt struct { // a block of the host
		pos
		tag   *Tag
		args  args
		body  []stmt
		frame *frame
	}
)

type importName struct {
	name, as string
	slot     ref
}

// local is a variable that a template sees which is included or imported.
type local struct {
	name string
	ref  ref
}

// macroDef is a macro as it stands in a template.
type macroDef struct {
	pos
	name   string
	params []param
	body   []stmt
	frame  *frame
	source span // of the whole block
	tag    string

	caller, kwargs, varargs int // slots; -1 where the body does not use them
	explicitCaller          bool
}

type param struct {
	name string
	def  expr // nil without a default
	typ  string
	slot int
}

// span is a range of the normalized source, in bytes.
type span struct{ start, end int }
