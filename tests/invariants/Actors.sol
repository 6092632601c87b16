// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {VM} from "./Vm.sol";

uint256 constant MEMBERS = 6;
uint256 constant BUYERS = 3;
uint256 constant KEEPERS = 3;
uint256 constant APPRAISERS = 2;

/// @title Who takes part, by private key
library Actors {
    uint256 internal constant ARBITER = 0xa001;
    uint256 internal constant GUARDIAN = 0xa002;
    uint256 internal constant ATTESTOR = 0xa003;

    function buyerKey(uint256 i) internal pure returns (uint256) {
        return 0xb001 + i;
    }

    /// @notice One of those who take turns at seat `i`.
    function keeperKey(uint256 i, uint256 life) internal pure returns (uint256) {
        return 0xc001 + i + 0x100 * life;
    }

    function sealingKey(uint256 key) internal pure returns (bytes32) {
        return keccak256(abi.encode("sealing key", key));
    }

    function appraiserKey(uint256 i) internal pure returns (uint256) {
        return 0xd001 + i;
    }

    /// @notice Keys of the members, in the order of their addresses, as batches need them.
    function memberKeys() internal pure returns (uint256[MEMBERS] memory keys) {
        for (uint256 i = 0; i < MEMBERS; ++i) {
            uint256 key = 0xe001 + i;
            uint256 place = i;
            while (place > 0 && VM.addr(keys[place - 1]) > VM.addr(key)) {
                keys[place] = keys[place - 1];
                --place;
            }
            keys[place] = key;
        }
    }

    function sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }
}
