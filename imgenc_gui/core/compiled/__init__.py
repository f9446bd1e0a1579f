"""The one way by which compiled functions (kernels) are declared, made, kept from start to start, tested and loaded.

A module of kernels is imported by nothing but ``module.CompiledModule``. It declares its functions with
``declaring.compiled``, and says what they must answer (``loading.KernelModule``). Whoever calls them keeps a plainer
way that gives the same, for the time until they are ready and for machines on which they never are.
"""
