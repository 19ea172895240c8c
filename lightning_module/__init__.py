"""Learning: network, training, metrics, calibration and export."""
