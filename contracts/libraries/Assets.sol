// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {NATIVE} from "../interfaces/Peers.sol";

/// @title Moving money in the native coin or in an ERC-20 token
/// @notice Nothing here reverts because a receiver refuses: the caller decides what a refusal means.
library Assets {
    using SafeERC20 for IERC20;

    /// @notice Takes `amount` of the ERC-20 token `asset` from `from`.
    /// @return received By how much this contract's balance grew, which a fee on transfer makes less than `amount`.
    function pull(address asset, address from, uint256 amount) internal returns (uint256 received) {
        uint256 before = IERC20(asset).balanceOf(address(this));
        IERC20(asset).safeTransferFrom(from, address(this), amount);
        return IERC20(asset).balanceOf(address(this)) - before;
    }

    /// @notice Sends `amount` with all the gas there is.
    function trySend(address asset, address to, uint256 amount) internal returns (bool) {
        if (asset == NATIVE) return LowLevelCall.callNoReturn(to, amount, "");
        return IERC20(asset).trySafeTransfer(to, amount);
    }

    /// @notice Sends `amount` with at most `gasCap` gas.
    /// @dev Warning: with less than `gasCap` · 64/63 gas left the receiver gets less and may fail for that reason alone;
    /// the caller has to make sure of it. What a receiver returns is not copied, so it costs nothing.
    function trySendCapped(address asset, address to, uint256 amount, uint256 gasCap) internal returns (bool success) {
        if (asset == NATIVE) {
            assembly ("memory-safe") {
                success := call(gasCap, to, amount, 0, 0, 0, 0)
            }
            return success;
        }
        bytes memory result;
        (success, result) = asset.call{gas: gasCap}(abi.encodeCall(IERC20.transfer, (to, amount)));
        return success && (result.length == 0 ? asset.code.length != 0 : abi.decode(result, (uint256)) == 1);
    }
}
