"""What people touch: the `stillroom` command line, the chat and the demonstration.

Enter at `cli.main`. Nothing else in the house imports this folder.
"""
