// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {X25519} from "../libraries/X25519.sol";

/// @title The library's functions, callable from a test
contract X25519Harness {
    function isLowOrder(bytes32 key) external pure returns (bool) {
        return X25519.isLowOrder(key);
    }
}
