"""Wire formats: how an Edit or a Plan is written as a model's reply.

Enter at `edit` and `plan`; nothing here calls a model.
"""
