"""The routes, one file for each thing they are about. Each says who may use it; the guard denies what says nothing."""
