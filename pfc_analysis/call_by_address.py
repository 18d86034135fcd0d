"""Call one compiled function from another by its address in memory.

Where one function of numba names another, numba compiles the second one again as a part of the
first. Functions that are called by their address are compiled once.
"""

from __future__ import annotations

from typing import Any

from numba import types
from numba.core.typing import Signature
from numba.extending import intrinsic


def address_of(function: Any, signature: Signature) -> int:
    """Compile a function for a signature, or load it from the cache; return its address in memory.

    Parameters
    ----------
    function : numba dispatcher
        The function. It must be kept as long as its address is used.
    signature : Signature
        Its only signature.
    """
    function.compile(signature)
    compiled = function.get_compile_result(signature)
    address: int = compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name)
    return address


def call_of(signature: Signature) -> Any:
    """Make a function of compiled code that calls another one, of a signature, by its address.

    Parameters
    ----------
    signature : Signature
        Signature of the functions to call.

    Returns
    -------
    intrinsic of numba
        Called as ``call(address, (argument, ...))``.
    """
    result, parameters = signature.return_type, signature.args
    call_type = result(types.intp, types.Tuple(parameters))

    def type_call(typing_context, address, arguments):  # type: ignore[no-untyped-def]
        return call_type, generate

    def generate(context, builder, call_signature, values):  # type: ignore[no-untyped-def]
        address, arguments = values
        convention = context.call_conv
        pointer_type = convention.get_function_type(result, parameters).as_pointer()
        status, returned = convention.call_function(
            builder,
            builder.inttoptr(address, pointer_type),
            result,
            parameters,
            [builder.extract_value(arguments, i) for i in range(len(parameters))],
        )
        with builder.if_then(status.is_error, likely=False):
            convention.return_status_propagate(builder, status)
        return returned

    return intrinsic(type_call)
