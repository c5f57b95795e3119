"""Break, continue and early return, as flags and as nesting of what follows them."""

import ast

VALUE, RETURNED = "ag__value", "ag__returned"
_JUMPS = (ast.Return, ast.Break, ast.Continue)


def lower(body, needed):
    """Rewrites the jumps of a function's body; each block then ends at its end.

    What follows an `if` that jumps in one of its branches moves into the other one; what follows a
    statement that may have jumped, deep inside, is guarded by the flags it may have set. Loops lose
    their `else`; the flags that end them stand in `node.stop`.

    Args:
      body: the statements.
      needed: whether early returns are to be lowered; without it only loops are.

    Returns:
      The new statements.
    """
    work = _Lowering()
    if not needed:
        return work.block(body, None)[0]
    last = body[-1]
    if not isinstance(last, ast.Return):
        end = ast.Return(value=ast.Constant(value=None))
        body = [*body, ast.copy_location(end, last)]
    statements = work.block(body, None, returns=True)[0]
    if RETURNED in work.read:
        statements.insert(0, _set(RETURNED, False, body[0]))
    end = ast.Return(value=ast.Name(id=VALUE, ctx=ast.Load()))
    return [*statements, ast.copy_location(end, last)]


def has_jump(nodes, kinds=_JUMPS):
    """Whether statements hold a jump that leaves them; breaks of loops within do not."""
    for node in nodes:
        if isinstance(node, kinds):
            return True
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        inner = kinds
        if isinstance(node, (ast.For, ast.While)):
            inner = tuple(k for k in kinds if k is ast.Return)
            if has_jump(node.orelse, kinds):
                return True
            if inner and has_jump(node.body, inner):
                return True
            continue
        below = (n for n in ast.iter_child_nodes(node) if not isinstance(n, ast.expr))
        if has_jump(below, inner):
            return True
    return False


def _set(name, value, where):
    target = ast.Name(id=name, ctx=ast.Store())
    return ast.copy_location(ast.Assign(targets=[target], value=ast.Constant(value=value)), where)


def any_of(flags):
    """The expression that is true when one of the flags is."""
    names = [ast.Name(id=f, ctx=ast.Load()) for f in sorted(flags)]
    operator = ast.Attribute(
        value=ast.Name(id="ag__", ctx=ast.Load()), attr="any_of", ctx=ast.Load()
    )
    return ast.Call(func=operator, args=names, keywords=[])


class Unconvertible(Exception):
    """The function holds what must run as it is."""


class _Lowering:
    """One function. A block's result is (statements, flags it may set, whether it always jumps)."""

    def __init__(self):
        self.count, self.read = 0, set()  # loops; flags that are read somewhere

    def block(self, statements, loop, returns=False):
        """Lowers a list of statements, in the loop with this number or None."""
        done, flags = [], set()
        for i, node in enumerate(statements):
            rest = statements[i + 1 :]
            if isinstance(node, _JUMPS) and (returns or not isinstance(node, ast.Return)):
                flag, jump = self._jump(node, loop)
                return done + jump, flags | {flag}, True
            if isinstance(node, ast.If):
                new, its, always, used = self._if(node, rest, loop, returns)
                if used:
                    return [*done, new], flags | its, always
                new = [new]
            else:
                new, its, always = self._compound(node, loop, returns)
            done += new
            if always:
                return done, flags | its, True
            if its and rest:
                after, more, always = self.block(rest, loop, returns)
                return [*done, self._guard(its, after, rest[0])], flags | its | more, always
            flags |= its
        return done, flags, False

    def _guard(self, flags, statements, where):
        self.read |= flags
        test = ast.UnaryOp(op=ast.Not(), operand=any_of(flags))
        return ast.copy_location(ast.If(test=test, body=statements, orelse=[]), where)

    def _jump(self, node, loop):
        if isinstance(node, ast.Return):
            value = node.value or ast.Constant(value=None)
            target = ast.Name(id=VALUE, ctx=ast.Store())
            assign = ast.copy_location(ast.Assign(targets=[target], value=value), node)
            return RETURNED, [assign, _set(RETURNED, True, node)]
        flag = f"ag__{'break' if isinstance(node, ast.Break) else 'continue'}_{loop}"
        return flag, [_set(flag, True, node)]

    def _if(self, node, rest, loop, returns):
        """(the new statement, flags, whether it always jumps, whether `rest` went into it)."""
        body, flags, left = self.block(node.body, loop, returns)
        orelse, more, right = self.block(node.orelse, loop, returns)
        used = left != right and bool(rest) and not (flags if right else more)
        if used:
            after, its, always = self.block(rest, loop, returns)
            (orelse if left else body).extend(after)
            flags, left, right = flags | its, left or always, right or always
        new = ast.If(test=node.test, body=body or [ast.Pass()], orelse=orelse)
        new = ast.copy_location(new, node)
        return new, flags | more, left and right, used

    def _compound(self, node, loop, returns):
        if isinstance(node, (ast.For, ast.While)):
            return self._loop(node, loop, returns)
        flags = set()
        if isinstance(node, ast.With):
            node.body, flags, _ = self.block(node.body, loop, returns)
        elif isinstance(node, ast.Match):
            for case in node.cases:
                case.body, more, _ = self.block(case.body, loop, returns)
                flags |= more
        elif isinstance(node, (ast.Try, getattr(ast, "TryStar", ast.Try))):
            flags = self._try(node, loop, returns)
        return [node], flags, False

    def _try(self, node, loop, returns):
        node.body, flags, always = self.block(node.body, loop, returns)
        orelse, more, _ = self.block(node.orelse, loop, returns)
        if orelse and flags:
            orelse = [] if always else [self._guard(flags, orelse, node.orelse[0])]
        node.orelse = orelse
        flags |= more
        for handler in node.handlers:
            handler.body, more, _ = self.block(handler.body, loop, returns)
            flags |= more
        node.finalbody = self.block(node.finalbody, loop, returns)[0]
        return flags

    def _loop(self, node, outer, returns):
        self.count += 1
        loop = self.count
        if isinstance(node, ast.While) and any(
            isinstance(n, ast.NamedExpr) for n in ast.walk(node.test)
        ):
            self._bind_inside(node)
        body, flags, _ = self.block(node.body, loop, returns)
        skip, leave = f"ag__continue_{loop}", f"ag__break_{loop}"
        if skip in self.read:
            body.insert(0, _set(skip, False, node.body[0]))
        stop = sorted(flags - {skip})
        self.read.update(stop)
        node.body, orelse, node.orelse, node.stop = body, node.orelse, [], stop
        new = [_set(leave, False, node), node] if leave in stop else [node]
        flags &= {RETURNED}
        if not orelse:
            return new, flags, False
        after, more, always = self.block(orelse, outer, returns)
        if not stop:
            return new + after, more, always
        guard = self._guard(set(stop), after, orelse[0])
        return [*new, guard], flags | more, False

    def _bind_inside(self, node):
        """Moves a condition that binds names into the loop's body, where names are carried."""
        if node.orelse:
            raise Unconvertible("`else` of a loop whose condition binds names")
        leave = ast.If(
            test=ast.UnaryOp(op=ast.Not(), operand=node.test), body=[ast.Break()], orelse=[]
        )
        for new in (leave.test, leave.body[0], leave):
            ast.copy_location(new, node.test)
        node.test = ast.copy_location(ast.Constant(value=True), node.test)
        node.body = [leave, *node.body]
