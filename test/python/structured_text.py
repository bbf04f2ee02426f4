"""Runs programs in structured text (IEC 61131-3), as far as docs/plc.md uses it: parsed by blark, each node evaluated.

One JSON object on stdin, {"source": text, "run": name of the function block or program, "cycles": [{"now": milliseconds,
"set": {variable: value}}]}; on stdout a list of all its variables after each cycle. Integers are unsigned of any size until
a conversion (`UDINT_TO_WORD`) cuts them off. A syntax error ends it with blark's message.
"""

import dataclasses
import json
import sys

from blark import parse_source_code
from blark import transform as st

BITS = {"WORD": 16, "UINT": 16, "UDINT": 32, "DWORD": 32, "INT": 16}


class Timer:
    """TON; IEC 61131-3, 2.5.2.3.4."""

    def __init__(self):
        self.Q, self.since = False, None

    def call(self, now, IN=False, PT=0):
        self.since = (now if self.since is None else self.since) if IN else None
        self.Q = self.since is not None and now - self.since >= PT


class Edge:
    """R_TRIG."""

    def __init__(self):
        self.Q, self.last = False, False

    def call(self, _now, CLK=False):
        self.Q, self.last = CLK and not self.last, CLK


class Unit:
    """An instance of a function block or program: its variables, and a call a cycle."""

    def __init__(self, name, items):
        self.items = items
        self.source = items[name]
        self.values = {}
        for block in self.source.declarations:
            for item in block.items:
                for declared in item.variables:
                    self.values[str(declared.variable.name)] = self.initial(item.init)

    def initial(self, init):
        spec = init.spec
        if isinstance(spec, st.ArraySpecification):
            last = int(spec.subranges[0].stop.value)
            return [self.of_type(str(spec.type.type_name)) for _ in range(last + 1)]
        return self.of_type(str(spec.type))

    def of_type(self, name):
        if name == "BOOL":
            return False
        if name in BITS:
            return 0
        if name in ("TON", "TON_TIME"):
            return Timer()
        if name == "R_TRIG":
            return Edge()
        item = self.items[name]
        if isinstance(item, st.StructureTypeDeclaration):
            return {str(v.variable.name): self.initial(d.init) for d in item.declarations for v in d.variables}
        return Unit(name, self.items)

    def call(self, now, **inputs):
        self.values.update(inputs)
        self.now = now
        self.run(self.source.body)

    def run(self, body):
        for statement in body.statements if body else []:
            getattr(self, type(statement).__name__)(statement)

    # Statements.

    def AssignmentStatement(self, statement):
        value = self.value(statement.expression)
        for target in statement.variables:
            self.assign(target, value)

    def FunctionCallStatement(self, statement):
        given = {str(p.name.name): self.value(p.value) for p in statement.parameters}
        self.value(statement.name).call(self.now, **given)

    def IfStatement(self, statement):
        branches = [(statement.if_expression, statement.statements)]
        branches += [(other.if_expression, other.statements) for other in statement.else_ifs]
        for condition, body in branches:
            if self.value(condition):
                return self.run(body)
        if statement.else_clause:
            self.run(statement.else_clause.statements)

    def CaseStatement(self, statement):
        value = self.value(statement.expression)
        for case in statement.cases:
            if value in [self.value(match) for match in case.matches]:
                return self.run(case.statements)

    def ForStatement(self, statement):
        for i in range(self.value(statement.from_), self.value(statement.to) + 1):
            self.values[str(statement.control.name)] = i
            self.run(statement.statements)

    # Expressions.

    def value(self, node):
        match node:
            case st.ParenthesizedExpression():
                return self.value(node.expr)
            case st.UnaryOperation():
                value = self.value(node.expr)
                return not value if str(node.op).upper() == "NOT" else -value
            case st.BinaryOperation():
                return self.operation(str(node.op).upper(), self.value(node.left), self.value(node.right))
            case st.FunctionCall():
                return self.function(str(node.name.name), [self.value(p.value) for p in node.parameters])
            case st.Boolean():
                return str(node.value).upper() == "TRUE"
            case st.Duration():
                return 1000 * int(node.seconds or 0) + int(node.milliseconds or 0)
            case st.Integer():
                return int(str(node.value), getattr(node, "base", 10))
            case st.SimpleVariable():
                return self.values[str(node.name)]
            case st.MultiElementVariable():
                holder, key = self.place(node)
                return get(holder, key)
        raise SystemExit(f"Not known: {type(node).__name__} {node}")

    def operation(self, op, left, right):
        match op:
            case "AND":
                return left and right if isinstance(left, bool) else left & right
            case "OR":
                return left or right if isinstance(left, bool) else left | right
            case "=":
                return left == right
            case "<>":
                return left != right
            case "<":
                return left < right
            case "<=":
                return left <= right
            case "+":
                return left + right
            case "-":
                return (left - right) & 0xFFFFFFFF
            case "MOD":
                return left % right
        raise SystemExit(f"Not known: {op}")

    def function(self, name, arguments):
        if name in ("SHL", "SHR"):
            value, by = arguments
            return (value << by) & 0xFFFFFFFF if name == "SHL" else value >> by
        (value,) = arguments
        return value & ((1 << BITS[name.partition("_TO_")[2]]) - 1)

    def assign(self, target, value):
        if isinstance(target, st.SimpleVariable):
            self.values[str(target.name)] = value
            return
        holder, key = self.place(target)
        if isinstance(key, Bit):
            word = get(holder, key.of)
            put(holder, key.of, word | 1 << key.number if value else word & ~(1 << key.number))
        else:
            put(holder, key, value)

    def place(self, node):
        """What holds the variable, and under which name, number or bit."""
        holder, key = self.values, str(node.name.name)
        for element in node.elements:
            if isinstance(element, st.SubscriptList):
                holder, key = get(holder, key), self.value(element.subscripts[0])
                continue
            field = str(getattr(element.field, "name", element.field))
            if field.isdigit():
                key = Bit(key, int(field))
            else:
                holder, key = get(holder, key), field
        return holder, key


@dataclasses.dataclass
class Bit:
    of: int | str
    number: int


def get(holder, key):
    if isinstance(key, Bit):
        return bool(get(holder, key.of) >> key.number & 1)
    if isinstance(holder, Unit):
        return holder.values[key]
    return holder[key] if isinstance(holder, dict | list) else getattr(holder, key)


def put(holder, key, value):
    (holder.values if isinstance(holder, Unit) else holder)[key] = value


def plain(value):
    return isinstance(value, bool | int | dict) or (isinstance(value, list) and all(map(plain, value)))


def main():
    task = json.load(sys.stdin)
    items = {}
    for item in parse_source_code(task["source"]).transform().items:
        declared = item.declaration if isinstance(item, st.DataTypeDeclaration) else item
        items[str(declared.name)] = declared
    unit, states = Unit(task["run"], items), []
    for cycle in task["cycles"]:
        unit.call(cycle["now"], **cycle["set"])
        states.append(json.loads(json.dumps({k: v for k, v in unit.values.items() if plain(v)})))
    json.dump(states, sys.stdout)


main()
