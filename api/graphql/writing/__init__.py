"""The mutations: each names its permission, its seat and its failures, and calls one operation."""
