"""Alarms for what nobody takes, each a row, told to those who supervise."""
