"""All layers."""

from .layer import Layer
