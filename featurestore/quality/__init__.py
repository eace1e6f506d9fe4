"""How data differs from the data that a model was trained on."""
