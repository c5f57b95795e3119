"""AutoGraph: Python control flow on tensors becomes part of a trace."""
