"""What trained models do: knock-outs, importance of subsystems, and what carries the effect of a gene."""
