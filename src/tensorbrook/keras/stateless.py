"""Running what changes variables on given values, with nothing changed afterwards."""


def with_values(variables, values, function):
    """Runs a function while variables have other values.

    Args:
      variables: the variables, which are afterwards as they were.
      values: their values meanwhile, as many; None to leave them.
      function: is called without arguments.

    Returns:
      What the function returned, and the values that it left in the variables.
    """
    before = [v._read() for v in variables]
    try:
        for variable, value in zip(variables, values or ()):
            variable.assign(value)
        result = function()
        return result, [v._read() for v in variables]
    finally:
        for variable, value in zip(variables, before):
            variable.assign(value)
