// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Trace} from "../libraries/Trace.sol";

/// @title The library's functions on one trace, callable from a test
contract TraceHarness {
    using Trace for Trace.Points;

    Trace.Points private _trace;

    /// @notice Pushes `values` one after another, each at its key.
    function push(uint40[] calldata keys, uint184[] calldata values) external {
        for (uint256 i = 0; i < keys.length; ++i) {
            _trace.push(keys[i], values[i]);
        }
    }

    function latest() external view returns (uint184) {
        return _trace.latest();
    }

    /// @notice The value at the end of each key.
    function at(uint256[] calldata keys) external view returns (uint184[] memory values) {
        values = new uint184[](keys.length);
        for (uint256 i = 0; i < keys.length; ++i) {
            values[i] = _trace.at(keys[i]);
        }
    }

    /// @notice Gas of one look-up.
    function cost(uint256 key) external view returns (uint256) {
        uint256 before = gasleft();
        _trace.at(key);
        return before - gasleft();
    }
}
