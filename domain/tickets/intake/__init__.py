"""Intake rules: what a shop says about new tickets before anybody looks at them."""
