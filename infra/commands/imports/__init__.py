"""`sezon import`: a shop's own files, sent through the same API that its programs use.

`tables` reads files, `olist`, `reviews` and `shop_file` turn them into rows, `service` speaks to the API, `sending`
keeps a few requests under way, `tally` says what became of every row.
"""
