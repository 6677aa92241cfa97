"""Task environments: questions with known answers, the tools that may help, and a scorer without a paid judge.

Enter at `load_environment(name)`; an environment gives tasks by split, the passages that may be searched, and scores.
Nothing here asks a model anything; a test split is never trained on.
"""
