"""The evaluation report: figures with intervals, plots, one HTML page, and the model card."""
