"""Charts and diagrams as SVG and as text, and what a terminal can show of them."""
