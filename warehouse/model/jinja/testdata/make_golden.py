#!/usr/bin/env python3
"""Renders testdata/cases/* with real Jinja2 and writes testdata/golden/*.json.

    python3 -m venv /tmp/jvenv && /tmp/jvenv/bin/pip install jinja2==3.1.6 pytz
    /tmp/jvenv/bin/python make_golden.py

A case begins with a line "=== " and has the template below. Words behind "===" set
options: trim, lstrip, keep, auto, strict, chain. A line "--- NAME" begins another
template, which the case's template can include. In *.lines each line is a case. Set the golden files beside the
engine with `go test -run Golden`.
"""
import datetime, decimal, json, pathlib, re, sys
import jinja2, pytz
from jinja2.sandbox import SandboxedEnvironment

HERE = pathlib.Path(__file__).parent


class Thing:
    """An object with attributes and a method."""

    def __init__(self):
        self.name = "thing"
        self.items_ = [1, 2]

    def double(self, n=1):
        return 2 * n

    def __str__(self):
        return "a thing"


def context():
    def echo(*args, **kwargs):
        caller = kwargs.pop("caller", None)
        return repr(args) + repr(kwargs) + ("|" + caller() if caller else "")

    def fail(*args):
        raise ValueError("told to")

    ctx = json.loads((HERE / "context.json").read_text())
    ctx.update(
        echo=echo, fail=fail, thing=Thing(), tup=(1, "a", None), dec=decimal.Decimal("1.10"),
        datetime=datetime, pytz=pytz, dec2=decimal.Decimal("3"), big=2**70, nums={3, 1, 2}, Decimal=decimal.Decimal,
        int=int, float=float, set=set, zip=lambda *a: list(zip(*a)),
    )
    return ctx


def cases(path):
    text = path.read_text()
    if path.suffix == ".lines":
        for line in text.splitlines():
            if line.strip() and not line.startswith("##"):
                yield [], line, {}
        return
    for chunk in re.split(r"(?m)^=== ?", text)[1:]:
        head, _, body = chunk.partition("\n")
        parts = re.split(r"(?m)^--- (\S+)\n", body)
        files = {parts[i]: parts[i + 1] for i in range(1, len(parts), 2)}
        yield head.split(), parts[0].removesuffix("\n"), files


def render(opts, source, files):
    undefined = jinja2.Undefined
    if "strict" in opts:
        undefined = jinja2.StrictUndefined
    if "chain" in opts:
        undefined = jinja2.ChainableUndefined
    env = SandboxedEnvironment(
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
        trim_blocks="trim" in opts, lstrip_blocks="lstrip" in opts, keep_trailing_newline="keep" in opts,
        autoescape="auto" in opts, undefined=undefined, loader=jinja2.DictLoader(files),
    )
    try:
        return {"out": env.from_string(source).render(context())}
    except Exception as e:
        kind = type(e).__name__
        if isinstance(e, decimal.InvalidOperation):
            kind = "InvalidOperation"
        if isinstance(e, decimal.DivisionByZero):
            kind = "ZeroDivisionError"
        return {"err": kind, "msg": str(e), "line": e.lineno if isinstance(e, jinja2.TemplateSyntaxError) else None}


def main():
    (HERE / "golden").mkdir(exist_ok=True)
    for path in sorted((HERE / "cases").iterdir()):
        out = []
        for opts, source, files in cases(path):
            case = {"src": source}
            if opts:
                case["opts"] = opts
            if files:
                case["files"] = files
            case.update(render(opts, source, files))
            out.append(case)
        target = HERE / "golden" / (path.stem + ".json")
        target.write_text(json.dumps(out, indent=1, ensure_ascii=False) + "\n")
        print(target.name, len(out), "cases,", sum("err" in c for c in out), "errors", file=sys.stderr)


main()
