// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title Hexadecimal digits of a word
/// @dev All digits of a half word at once. OpenZeppelin's Strings takes one digit after the other, about 150 gas each,
/// which for the 104 digits of a request's description were 15,000 gas at filing and again at the grant.
library Hex {
    uint256 private constant EACH_BYTE = type(uint256).max / 0xff;

    /// @notice The 64 lower-case digits of `word`, as two words of ASCII.
    function digits(bytes32 word) internal pure returns (bytes32 high, bytes32 low) {
        return (_ascii(_nibbles(uint256(word) >> 128)), _ascii(_nibbles(uint256(word) & type(uint128).max)));
    }

    /// @dev Spreads 16 bytes over 32, four bits in each.
    function _nibbles(uint256 x) private pure returns (uint256) {
        x = (x | (x << 64)) & (type(uint256).max / (2 ** 64 + 1));
        x = (x | (x << 32)) & (type(uint256).max / (2 ** 32 + 1));
        x = (x | (x << 16)) & (type(uint256).max / (2 ** 16 + 1));
        x = (x | (x << 8)) & (type(uint256).max / (2 ** 8 + 1));
        return (x | (x << 4)) & (type(uint256).max / (2 ** 4 + 1));
    }

    /// @dev Adds the code of "0" to every byte, and to those above 9 the distance from ":" to "a".
    function _ascii(uint256 nibbles) private pure returns (bytes32) {
        uint256 aboveNine = ((nibbles + 6 * EACH_BYTE) >> 4) & EACH_BYTE;
        return bytes32(nibbles + 0x30 * EACH_BYTE + 0x27 * aboveNine);
    }
}
