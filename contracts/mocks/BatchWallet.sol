// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title A wallet for tests that makes several calls in one transaction
/// @dev It stands for wallets that others write. Calls of one transaction share a timestamp.
contract BatchWallet is IERC1271 {
    struct Call {
        address target;
        bytes data;
    }

    error NotOwner(address caller);

    address private immutable OWNER;

    constructor(address owner) {
        OWNER = owner;
    }

    /// @notice Makes all calls in order; the first that reverts reverts all of them with its own reason.
    function execute(Call[] calldata calls) external {
        require(msg.sender == OWNER, NotOwner(msg.sender));
        for (uint256 i = 0; i < calls.length; ++i) {
            (bool success, bytes memory reason) = calls[i].target.call(calls[i].data);
            if (!success) _revertWith(reason);
        }
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        return ECDSA.recoverCalldata(hash, signature) == OWNER ? IERC1271.isValidSignature.selector : bytes4(0);
    }

    function _revertWith(bytes memory reason) private pure {
        assembly ("memory-safe") {
            revert(add(reason, 0x20), mload(reason))
        }
    }
}
