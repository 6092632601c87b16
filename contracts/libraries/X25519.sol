// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title Checks on X25519 public keys
/// @notice Keys are the 32 bytes of RFC 7748: the u-coordinate in little-endian order, so that the first byte of the
/// `bytes32` is the least significant one.
library X25519 {
    /// Clears the top bit of the coordinate, which RFC 7748 (section 5) tells every receiver to ignore.
    bytes32 private constant COORDINATE = ~bytes32(uint256(0x80));

    bytes32 private constant ORDER_EIGHT_A = 0xe0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800;
    bytes32 private constant ORDER_EIGHT_B = 0x5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157;
    bytes32 private constant PRIME_MINUS_ONE = 0xecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f;
    bytes32 private constant PRIME = 0xedffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f;
    bytes32 private constant PRIME_PLUS_ONE = 0xeeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f;

    /// @notice What a receiver reads of `key`: two that have the same are opened with the same secret.
    function coordinateOf(bytes32 key) internal pure returns (bytes32) {
        return key & COORDINATE;
    }

    /// @notice Whether `key` encodes a point of order 1, 2, 4 or 8 of Curve25519 or its twist, in canonical form or not.
    /// @dev Anybody knows the secret shared with such a key: it is zero. The seven coordinates, each with the ignored
    /// bit set or not, are all there are; libsodium refuses the same list.
    function isLowOrder(bytes32 key) internal pure returns (bool) {
        bytes32 u = coordinateOf(key);
        return u == bytes32(0) || u == bytes32(bytes1(0x01)) || u == ORDER_EIGHT_A || u == ORDER_EIGHT_B
            || u == PRIME_MINUS_ONE || u == PRIME || u == PRIME_PLUS_ONE;
    }
}
