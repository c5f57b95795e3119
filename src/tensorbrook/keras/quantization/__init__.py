"""Numbers of few bits for weights and activations: how they are made, and what asks for them."""
