"""The pages of intake rules: their list, the form of one, and what it would have done."""
