// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Log} from "./Log.sol";

/// @title Time: nothing moves it but these, so that much happens in one second
abstract contract Clock is Log {
    function waitSeconds(uint256 seed) external {
        _pass(1 + (seed % 60));
        _did("waitSeconds");
    }

    function waitMinutes(uint256 seed) external {
        _pass(1 minutes + (seed % 3 minutes));
        _did("waitMinutes");
    }

    /// @notice About an hour, seldom.
    function waitAnHour(uint256 seed) external {
        if (_throw(seed, 0, 4) != 0) return;
        _pass(20 minutes + (seed % 1 hours));
        _did("waitAnHour");
    }

    /// @notice Days, seldom.
    function waitDays(uint256 seed) external {
        if (_throw(seed, 0, 12) != 0) return;
        _pass(1 days + (seed % 10 days));
        _did("waitDays");
    }
}
