"""The rewriting of a function's syntax tree: control flow becomes calls of `ag__`, the runtime."""

import ast
import copy

from .lower import Unconvertible, any_of, has_jump, lower
from .names import Liveness, bound, captured, walk

_STAY = {"super", "globals", "print_", "__import__"}
_IN_ITERATIONS = {"range", "enumerate", "zip"}
_TYPE_CHECKS = {"isinstance", "issubclass", "hasattr", "callable"}
_COMPOUND = (ast.If, ast.For, ast.While)
_GROWING = {"append", "add", "extend", "insert", "update"}  # methods that change a collection


def is_plain(test):
    """Whether a condition is surely no tensor: identity, membership, types, constants."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return is_plain(test.operand)
    if isinstance(test, ast.BoolOp):
        return all(map(is_plain, test.values))
    if isinstance(test, ast.Compare):
        return all(isinstance(o, (ast.Is, ast.IsNot, ast.In, ast.NotIn)) for o in test.ops)
    if isinstance(test, ast.Call):
        return isinstance(test.func, ast.Name) and test.func.id in _TYPE_CHECKS
    return isinstance(test, ast.Constant)


def _converts(node):
    return isinstance(node, _COMPOUND) and not (isinstance(node, ast.If) and is_plain(node.test))


def _load(name):
    return ast.Name(id=name, ctx=ast.Load())


def _runtime(name, *args):
    function = ast.Attribute(value=_load("ag__"), attr=name, ctx=ast.Load())
    return ast.Call(func=function, args=list(args), keywords=[])


def _once(what, value, *owner):
    return ast.copy_location(_runtime("once", ast.Constant(value=what), value, *owner), value)


def _thunk(expression):
    return ast.Lambda(args=_arguments(), body=expression)


def _arguments(*names):
    return ast.arguments(
        posonlyargs=[], args=[ast.arg(arg=n) for n in names], kwonlyargs=[], kw_defaults=[],
        defaults=[],
    )  # fmt: skip


def _strings(names):
    return ast.Tuple(elts=[ast.Constant(value=n) for n in sorted(names)], ctx=ast.Load())


def _may_fail(nodes):
    """Whether evaluating an expression could raise or have an effect where it is not wanted."""
    quiet = (
        ast.Name, ast.Constant, ast.Compare, ast.BoolOp, ast.UnaryOp, ast.Attribute, ast.BinOp,
        ast.Load, ast.Add, ast.Sub, ast.Mult, ast.boolop, ast.unaryop, ast.cmpop,
    )  # fmt: skip
    return any(not isinstance(n, quiet) for node in nodes for n in ast.walk(node))


def _moves(node):
    """Whether an expression binds names or suspends: it cannot become a lambda then."""
    kinds = (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)
    return any(isinstance(n, kinds) for n in ast.walk(node))


class FunctionScope(ast.NodeTransformer):
    """Rewrites one function; functions defined in it get a scope of their own.

    Args:
      node: a FunctionDef, changed in place, or a Lambda.
      calls: whether calls of other functions convert these too.
      around: the names that the functions around it have of their own.
    """

    def __init__(self, node, calls, around=frozenset()):
        self.calls, self.count = calls, 0
        body = node.body if isinstance(node.body, list) else [node.body]
        arguments = node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        self.first = positional[0].arg if positional else None
        extra = [a for a in (arguments.vararg, arguments.kwarg) if a]
        self.parameters = {a.arg for a in [*positional, *arguments.kwonlyargs, *extra]}
        self.globals, self.outer = set(), set()
        for n in walk(body):
            if isinstance(n, ast.Global):
                self.globals.update(n.names)
            elif isinstance(n, ast.Nonlocal):
                self.outer.update(n.names)
            elif isinstance(n, ast.Try) and has_jump(n.finalbody):
                raise Unconvertible("a jump out of `finally`")
        self.made = {
            ast.unparse(target)
            for n in walk(body)
            if isinstance(n, ast.Assign)
            for target in n.targets
            if isinstance(target, ast.Attribute)
        }
        self.own = around | self.parameters | (bound(body) - self.globals - self.outer)

    # -- the function itself ----------------------------------------------------------------------

    def function(self, node):
        """Rewrites the body of a FunctionDef."""
        body = node.body
        own = [n for n in walk(body) if _converts(n)]
        if own:
            body = lower(body, any(has_jump([n], (ast.Return,)) for n in own))
            Liveness(captured(body) | self.outer).block(body, set())
        local = bound(body) - self.globals - self.outer - self.parameters
        node.body = self.statements(body)
        if own and local:
            # binds the names in this very function without assigning them, for the `nonlocal`s
            targets = [ast.Name(id=n, ctx=ast.Store()) for n in sorted(local)]
            dead = ast.Assign(targets=targets, value=ast.Constant(value=None))
            node.body.insert(0, ast.If(test=ast.Constant(value=False), body=[dead], orelse=[]))
        node.body = self._declarations(self.globals, self.outer) + node.body
        return node

    def statements(self, body):
        """Rewrites a list of statements."""
        done = []
        for node in body:
            new = self.visit(node)
            done += new if isinstance(new, list) else [new] if new is not None else []
        return done or [ast.Pass()]

    def _declarations(self, global_names, outer):
        kinds = ((ast.Global, global_names), (ast.Nonlocal, outer))
        return [kind(names=sorted(names)) for kind, names in kinds if names]

    def _block(self, name, body, where, argument=()):
        """A function inside this one that runs `body` on this one's names."""
        names = bound(body)
        shared = names - self.globals
        declared = self._declarations(names & self.globals, shared)
        new = ast.FunctionDef(
            name=name, args=_arguments(*argument), body=declared + self.statements(body),
            decorator_list=[], type_params=[],
        )  # fmt: skip
        return ast.copy_location(new, where)

    def _new_name(self, what):
        self.count += 1
        return f"ag__{what}_{self.count}"

    def _effects(self, nodes):
        """What a block changes beside local names, in words, for a message; or None."""
        for node in walk(nodes):
            if isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(
                node.ctx, ast.Load
            ):
                return f"{ast.unparse(node)} is assigned"
        names = bound(nodes) & (self.globals | self.outer)
        return f"{min(names)} of an outer scope is assigned" if names else None

    # -- what outlives the function ----------------------------------------------------------------

    def _outlives(self, place):
        """Whether what a name, attribute or element belongs to is there before and after."""
        if ast.unparse(place) in self.made:
            return False
        while isinstance(place, (ast.Attribute, ast.Subscript)):
            place = place.value
        return isinstance(place, ast.Name) and (place.id == "self" or place.id not in self.own)

    def visit_AugAssign(self, node):
        known = (
            isinstance(node.target, ast.Name) and node.target.id not in self.globals | self.outer
        )
        noted = not known and self._outlives(node.target)
        what = ast.unparse(node)
        self.generic_visit(node)
        if noted:
            node.value = _once(what, node.value)
        return node

    def visit_Expr(self, node):
        call = node.value
        noted = (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr in _GROWING
            and bool(call.args)
            and self._outlives(call.func.value)
        )
        what = ast.unparse(node)
        simple = noted and isinstance(call.func.value, ast.Name | ast.Attribute)
        owner = [copy.deepcopy(call.func.value)] if simple else []
        self.generic_visit(node)
        if noted and not isinstance(call.args[-1], ast.Starred):
            call.args[-1] = _once(what, call.args[-1], *owner)
        return node

    # -- statements --------------------------------------------------------------------------------

    def visit_Global(self, node):
        return ast.copy_location(ast.Pass(), node)  # declared at the top

    visit_Nonlocal = visit_Global

    def visit_If(self, node):
        if is_plain(node.test):
            node.test = self.visit(node.test)
            node.body = self.statements(node.body)
            node.orelse = self.statements(node.orelse) if node.orelse else []
            return node
        names = bound(node.body + node.orelse) & node.live
        effects = ast.Constant(value=self._effects(node.body + node.orelse))
        test = self.visit(node.test)
        done, branches = [], []
        for what, body in (("then", node.body), ("else", node.orelse)):
            if body:
                done.append(self._block(self._new_name(what), body, node))
                branches.append(_load(done[-1].name))
            else:
                branches.append(ast.Constant(value=None))
        call = _runtime("if_stmt", test, *branches, _strings(names), effects)
        return [*done, ast.copy_location(ast.Expr(value=call), node)]

    def _limit(self, body):
        """Takes set_loop_options out of a loop's body: what it says of rounds, as an expression."""
        for statement in body:
            call = getattr(statement, "value", None)
            name = ast.unparse(call.func) if isinstance(call, ast.Call) else ""
            if isinstance(statement, ast.Expr) and name.endswith("set_loop_options"):
                body.remove(statement)
                call.func = _runtime("limit_of").func
                return self.visit(call)
        return ast.Constant(value=None)

    def _loop(self, node, kind, what, body, argument=()):
        limit = self._limit(body)
        names = _strings(bound([node]) & node.live)  # before blocks of `with` and `try` are changed
        effects = ast.Constant(value=self._effects(node.body))
        block = self._block(self._new_name("body"), body, node, argument)
        stop = _thunk(any_of(node.stop)) if node.stop else ast.Constant(value=None)
        call = _runtime(kind, what, _load(block.name), stop, names, effects, limit)
        return [block, ast.copy_location(ast.Expr(value=call), node)]

    def visit_While(self, node):
        test = ast.copy_location(_thunk(self.visit(node.test)), node.test)
        return self._loop(node, "while_stmt", test, node.body)

    def visit_For(self, node):
        item = ast.copy_location(
            ast.Assign(targets=[node.target], value=_load("ag__item")), node.target
        )
        iterated = self._iterated(node.iter)
        return self._loop(node, "for_stmt", iterated, [item, *node.body], ["ag__item"])

    def _iterated(self, node):
        """What a loop goes over; calls of range, enumerate and zip on tensors are known there."""
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", None))
            if name in _IN_ITERATIONS and (name == "enumerate" or not node.keywords):
                args = [
                    self.visit(a) if isinstance(a, ast.Starred) else self._iterated(a)
                    for a in node.args
                ]
                function = _runtime("iterated", self.visit(node.func))
                keywords = [ast.keyword(k.arg, self.visit(k.value)) for k in node.keywords]
                new = ast.Call(func=function, args=args, keywords=keywords)
                return ast.copy_location(new, node)
        return self.visit(node)

    def visit_AnnAssign(self, node):
        self.generic_visit(node)
        if not isinstance(node.target, ast.Name):
            return node  # annotated names cannot be `nonlocal`: annotations in functions do nothing
        new = ast.Pass()
        if node.value is not None:
            new = ast.Assign(targets=[node.target], value=node.value)
        return ast.copy_location(new, node)

    def visit_Assert(self, node):
        self.generic_visit(node)
        if not _moves(node.test):
            message = _thunk(node.msg) if node.msg else ast.Constant(value=None)
            if node.msg is None or not _moves(node.msg):
                node.test = ast.copy_location(_runtime("asserted", node.test, message), node.test)
        return node

    # -- scopes ------------------------------------------------------------------------------------

    def visit_FunctionDef(self, node):
        shown = " ".join(map(ast.unparse, node.decorator_list))
        node.decorator_list = [self.visit(d) for d in node.decorator_list]
        self._defaults(node.args)
        if any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in walk(node.body)):
            return node
        if "do_not_convert" in shown or "autograph=False" in shown:
            return node
        try:
            return FunctionScope(node, self.calls, self.own).function(node)
        except Unconvertible:
            return node

    def visit_Lambda(self, node):
        self._defaults(node.args)
        inner = FunctionScope(node, self.calls, self.own)
        node.body = inner.visit(node.body)
        return node

    def _defaults(self, arguments):
        arguments.defaults = [self.visit(d) for d in arguments.defaults]
        arguments.kw_defaults = [d and self.visit(d) for d in arguments.kw_defaults]

    def visit_AsyncFunctionDef(self, node):
        return node

    visit_ClassDef = visit_AsyncFunctionDef

    # -- expressions -------------------------------------------------------------------------------

    def visit_Call(self, node):
        name = node.func.id if isinstance(node.func, ast.Name) else None
        if name == "super" and not node.args and not node.keywords and self.first:
            node.args = [_load("__class__"), _load(self.first)]
            return node
        self.generic_visit(node)
        if self.calls and name not in _STAY | _TYPE_CHECKS | {"tuple", "list", "dict", "len"}:
            node.func = ast.copy_location(_runtime("call", node.func), node.func)
        return node

    def visit_BoolOp(self, node):
        if is_plain(node) or any(map(_moves, node.values)):
            return self.generic_visit(node)
        careful = ast.Constant(value=_may_fail(node.values[1:]))
        first, *others = [self.visit(v) for v in node.values]
        kind = "and_" if isinstance(node.op, ast.And) else "or_"
        new = _runtime(kind, careful, first, *[_thunk(v) for v in others])
        return ast.copy_location(new, node)

    def visit_UnaryOp(self, node):
        plain = not isinstance(node.op, ast.Not) or is_plain(node.operand)
        self.generic_visit(node)
        return node if plain else ast.copy_location(_runtime("not_", node.operand), node)

    def visit_IfExp(self, node):
        if is_plain(node.test) or _moves(node.body) or _moves(node.orelse):
            return self.generic_visit(node)
        self.generic_visit(node)
        new = _runtime("if_exp", node.test, _thunk(node.body), _thunk(node.orelse))
        return ast.copy_location(new, node)

    def visit_Compare(self, node):
        if len(node.ops) == 1 or is_plain(node) or any(map(_moves, node.comparators)):
            return self.generic_visit(node)
        self.generic_visit(node)
        links = []
        for operator, operand in zip(node.ops, node.comparators):
            links += [ast.Constant(value=type(operator).__name__), _thunk(operand)]
        return ast.copy_location(_runtime("chain", node.left, *links), node)


def _mangle(tree, owner):
    """Gives `__private` names the form that the compiler gives them within a class."""
    fields = {ast.Name: "id", ast.Attribute: "attr", ast.arg: "arg", ast.FunctionDef: "name"}
    for node in ast.walk(tree):
        field = fields.get(type(node))
        name = field and getattr(node, field)
        if name and name.startswith("__") and not name.endswith("__"):
            setattr(node, field, f"_{owner.lstrip('_')}{name}")


def rewrite(node, calls, owner):
    """The rewritten definition of a function, from a FunctionDef or Lambda node.

    Raises:
      Unconvertible: it must stay as it is.
    """
    if owner:
        _mangle(node, owner)
    scope = FunctionScope(node, calls)
    if isinstance(node, ast.Lambda):
        node.body = scope.visit(node.body)
        return node
    node.decorator_list, node.returns = [], None
    node.args.defaults = [ast.Constant(value=None) for _ in node.args.defaults]
    node.args.kw_defaults = [d and ast.Constant(value=None) for d in node.args.kw_defaults]
    for a in ast.walk(node.args):
        if isinstance(a, ast.arg):
            a.annotation = None
    return scope.function(node)
