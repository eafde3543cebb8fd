"""The pages for seasons: a form, what it comes to before anything is confirmed, and a picture of the year."""
