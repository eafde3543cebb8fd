"""Silence: nobody on a light seat reaches a customer, on any path that there is.

`enumerating` finds the paths in the schema, the routes, the workers and the code. `register` says of each what it can
do; a path that is not in it fails `test_register`. `test_played` walks every one of them as somebody on a light seat
and looks for what left the shop; `test_later` is about what was right when it was done and is not any more;
`test_absent` holds that some kinds of paths do not exist.
"""
