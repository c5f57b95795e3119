"""Which names statements read and bind, and which of them are read again later."""

import ast

SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def _children(node):
    """The nodes below `node` that are evaluated in its own scope, when it is."""
    if isinstance(node, SCOPES):
        found = [*getattr(node, "decorator_list", ()), *getattr(node, "bases", ())]
        found += getattr(node, "keywords", ())
        arguments = getattr(node, "args", None)
        if arguments is not None:
            found += [*arguments.defaults, *[d for d in arguments.kw_defaults if d is not None]]
        return found
    found = []
    for field in node._fields:
        value = getattr(node, field, None)
        if isinstance(value, list):
            found += [v for v in value if isinstance(v, ast.AST)]
        elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context):
            found.append(value)
    return found


def walk(nodes):
    """All nodes of one scope, outermost first."""
    stack = list(nodes)[::-1]
    while stack:
        node = stack.pop()
        yield node
        stack += _children(node)[::-1]


def _bound_by(node):
    """The names that one node itself binds."""
    if isinstance(node, ast.Name):
        return [] if isinstance(node.ctx, ast.Load) else [node.id]
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [(a.asname or a.name).split(".")[0] for a in node.names]
    if isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
        return [node.name] if node.name else []
    if isinstance(node, ast.MatchMapping):
        return [node.rest] if node.rest else []
    return []


def bound(nodes):
    """The names that these nodes bind in their scope (a comprehension's own are not of it)."""
    found, hidden = set(), set()
    for node in walk(nodes):
        if isinstance(node, COMPREHENSIONS):
            hidden.update(id(n) for g in node.generators for n in ast.walk(g.target))
        if id(node) not in hidden:
            found.update(_bound_by(node))
    return found


def read(nodes):
    """The names that these nodes read at once; an assignment like `x += 1` reads x."""
    found = set()
    for node in walk(nodes):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found


def captured(nodes):
    """The names that functions and classes defined within may read at any time."""
    found = set()
    for node in walk(nodes):
        if isinstance(node, SCOPES):
            found.update(n.id for n in ast.walk(node) if isinstance(n, ast.Name))
            for inner in ast.walk(node):
                if isinstance(inner, ast.Nonlocal):
                    found.update(inner.names)
    return found


def _killed(statement):
    """The names that a simple statement surely binds."""
    if isinstance(statement, ast.Assign):
        return bound(statement.targets)
    if isinstance(statement, ast.AnnAssign):
        return bound([statement.target]) if statement.value else set()
    if isinstance(statement, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)):
        return set(_bound_by(statement))
    return bound(statement.targets) if isinstance(statement, ast.Delete) else set()


class Liveness:
    """Walks statements backwards and notes at each `if` and loop which names are needed after it.

    Jumps have been lowered before: control leaves a block at its end only, or by an exception.
    `If.live` are the names read after the statement, `While.live` and `For.live` those read after
    it or by its next round.
    """

    def __init__(self, always):
        self.always = set(always)  # names that may be read at any time

    def block(self, statements, out):
        """The names needed before a list of statements, given those needed after it."""
        for statement in reversed(statements):
            step = getattr(self, "_" + type(statement).__name__.lower(), self._simple)
            out = step(statement, out | self.always)
        return out | self.always

    def _simple(self, node, out):
        return (out - _killed(node)) | read([node])

    def _return(self, node, out):
        return read([node])

    _raise = _return

    def _if(self, node, out):
        node.live = out
        return read([node.test]) | self.block(node.body, out) | self.block(node.orelse, out)

    def _round(self, node, head, targets):
        head = head | set(node.stop)
        while True:
            before = (self.block(node.body, head) - bound(targets)) | head
            if before == head:
                node.live = head
                return head
            head = before

    def _while(self, node, out):
        return self._round(node, out | read([node.test]), [])

    def _for(self, node, out):
        return self._round(node, out | (read([node.target])), [node.target]) | read([node.iter])

    def _with(self, node, out):
        targets = [item.optional_vars for item in node.items if item.optional_vars]
        return (self.block(node.body, out) - bound(targets)) | read(node.items)

    def _match(self, node, out):
        needed = out | read([node.subject])
        for case in node.cases:
            needed |= self.block(case.body, out) | read([case.pattern])
            needed |= read([case.guard]) if case.guard else set()
        return needed

    def _try(self, node, out):
        after = self.block(node.finalbody, out)
        caught = set(after) if node.finalbody else set()
        for handler in node.handlers:
            caught |= self.block(handler.body, after) | read([handler.type] if handler.type else [])
        outer, self.always = self.always, self.always | caught
        before = self.block(node.body, self.block(node.orelse, after))
        self.always = outer
        return before

    _trystar = _try
