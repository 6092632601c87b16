"""Data DAO Toolkit: pool encrypted data, vote on who may use it, share what it earns."""

__version__ = "0.1.0"
