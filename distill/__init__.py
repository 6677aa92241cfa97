"""Distillation: a recipe and stored episodes become a training folder, a trained adapter and a student's folder.

Enter at recipe.py, training_set.py and train_command.py; export.py merges and writes GGUF. The trainer's own files
(TRAVELLERS in training_set.py) import no other part of stillroom, and nothing is imported here for the same reason.
"""
