#!/usr/bin/env python3
"""Writes random templates, by a seed, as cases for make_golden.py.

    python3 make_random.py 1 1500 > cases/random.lines
"""
import random, sys

R = random.Random(int(sys.argv[1]))
ATOMS = ["n", "zero", "f", "yes", "no", "nothing", "empty", "s", "uni", "text", "lst", "words", "nested", "nolist", "d", "nodict",
         "users", "tup", "dec", "big", "nope", "d.nope", "users[0]", "users[0].name", "1", "-3", "0", "2.5", "'abc'", "'7'", "'a,b'",
         "[1, 2]", "['b', 'a']", "{'x': 1}", "(1, 2)", "none", "true", "range(4)", "d.items()", "thing.name", "''", "[]", "1e20", "'%s'"]
BIN = ["+", "-", "*", "/", "//", "%", "~", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or"]
FILTERS = ["upper", "lower", "title", "capitalize", "length", "list", "first", "last", "sort", "sum", "int", "float", "round", "abs",
           "string", "join(',')", "default('d')", "default('d', true)", "replace('a', 'b')", "trim", "reverse|list", "unique|list",
           "map('string')|list", "map('upper')|join('-')", "map(attribute='name')|list", "select|list", "reject('none')|list",
           "selectattr('admin')|list|length", "batch(2)|list", "slice(2)|list", "tojson", "min", "max", "dictsort", "items|list",
           "indent(2)", "truncate(4, true, '', 0)", "center(7)", "wordcount", "e", "urlencode", "format('q')", "groupby('age')|length"]
TESTS = ["defined", "undefined", "none", "string", "number", "mapping", "sequence", "iterable", "odd", "even", "divisibleby 2", "in [1, 2]",
         "eq 1", "lower", "true", "boolean", "integer", "float", "callable", "sameas none", "gt 1"]
METHODS = ["upper()", "split(',')", "strip()", "replace('a', 'x')", "startswith('a')", "get('x')", "get('a', 9)", "keys()|list", "values()|list",
           "items()|list", "append(1)", "pop()", "index(1)", "count('a')", "join(['p', 'q'])", "format(1, 2)", "title()", "zfill(5)",
           "copy()", "isdigit()", "find('b')", "update({'z': 1})", "name", "a", "x", "0", "nope", "nope.x"]
SUBS = ["0", "-1", "'a'", "1:", ":-1", "::2", "::-1", "n", "'name'", "5", "none", "0:2"]


def expr(depth):
    if depth <= 0 or R.random() < 0.15:
        return R.choice(ATOMS)
    k = R.randrange(9)
    a = expr(depth - 1)
    if k <= 1:
        return f"({a} {R.choice(BIN)} {expr(depth - 1)})"
    if k <= 3:
        return f"{a}|{R.choice(FILTERS)}"
    if k == 4:
        return f"({a} is {R.choice(['', 'not '])}{R.choice(TESTS)})"
    if k == 5:
        return f"({a}).{R.choice(METHODS)}"
    if k == 6:
        # a slice of constants is folded by Jinja2's compiler, which hides its error
        return f"(users, {a})[1][{R.choice(SUBS)}]"
    if k == 7:
        return f"({a} if {expr(depth - 1)} else {expr(depth - 1)})"
    return R.choice([f"(not {a})", f"(-{a})", f"[{a}, {expr(depth - 1)}]", f"{{'k': {a}}}", f"({a},)", f"echo({a}, q={expr(depth - 1)})"])


def stmt(depth):
    k = R.randrange(9)
    v = R.choice(["x", "y", "n"])
    e = expr(2)
    body = lambda: block(depth - 1)
    if depth <= 0 or k == 0:
        return "{{ " + R.choice(["x", "y", "n", e]) + " }}"
    ws = lambda: R.choice(["", "", "-"])
    if k == 1:
        return "{%" + ws() + " set " + v + " = " + e + " " + ws() + "%}"
    if k == 2:
        return "{%" + ws() + " if " + e + " " + ws() + "%}" + body() + R.choice(["", "{% else %}" + body(), "{% elif x %}" + body()]) + "{% endif " + ws() + "%}"
    if k == 3:
        return "{% for " + v + " in " + R.choice(["lst", "words", "range(3)", "nolist", e]) + R.choice(["", " if " + v]) + " %}" + body() + R.choice(["", "{{ loop.index }}", "{{ loop.last }}"]) + R.choice(["", "{% else %}" + body()]) + "{% endfor %}"
    if k == 4:
        return "{% set " + v + " %}" + body() + "{% endset %}"
    if k == 5:
        return "{% with " + v + " = " + e + " %}" + body() + "{% endwith %}"
    if k == 6:
        return "{% macro m(x, y=" + R.choice(["x", "n", e]) + ") %}" + body() + R.choice(["", "{{ caller() if caller else '' }}", "{{ varargs }}"]) + "{% endmacro %}{{ m(" + R.choice(["", "1", "n, x", "y=2", "1, 2, 3", "z=1"]) + ") }}"
    if k == 7:
        return "{% macro w() %}<{{ caller() }}>{% endmacro %}{% call w() %}" + body() + "{% endcall %}"
    return "{% filter " + R.choice(["upper", "trim", "replace('a', 'b')"]) + " %}" + body() + "{% endfilter %}"


def block(depth):
    return R.choice(["", " ", "t "]) + " ".join(stmt(depth) for _ in range(R.randrange(1, 3)))


for i in range(int(sys.argv[2])):
    if i % 3:
        print("{{ " + expr(R.randrange(1, 4)) + " }}")
    else:
        print(block(3) + "|{{ x }}{{ y }}{{ n }}")
