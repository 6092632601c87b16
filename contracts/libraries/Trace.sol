// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title A value and all that it was, by timestamp
/// @notice A word of a trace:
///
///      255 … 216  215 … 184  183 … 0
///      key        position   value
///
/// The newest word stands in `head`, where one read finds the value and whether it changed since a timestamp. The words
/// before it stand in `past` at the positions 0, 1, … in the order of their keys; the head's position is how many there
/// are. The first value costs one slot, each later one another, and there is no length beside them.
/// @dev Keys are the block's timestamp: they never fall and are never zero. A trace grows once a second at most, so
/// that 32 bits of position last 136 years.
library Trace {
    struct Points {
        uint256 head;
        mapping(uint256 position => uint256 word) past;
    }

    uint8 private constant KEY_SHIFT = 216;
    uint8 private constant POSITION_SHIFT = 184;
    /// Up to this many words a plain binary search is the shortest.
    uint256 private constant FEW = 5;

    /// @notice Makes `value` the newest one; the second at the same `key` takes the place of the first.
    function push(Points storage trace, uint40 key, uint184 value) internal {
        uint256 head = trace.head;
        uint256 position = _positionOf(head);
        if (head != 0 && _keyOf(head) != key) {
            trace.past[position] = head;
            unchecked {
                ++position;
            }
        }
        trace.head = (uint256(key) << KEY_SHIFT) | (position << POSITION_SHIFT) | value;
    }

    /// @notice The newest value; zero where there is none.
    function latest(Points storage trace) internal view returns (uint184) {
        return uint184(trace.head);
    }

    /// @notice The value at the end of `key`; zero before the first. One read where nothing changed since.
    function at(Points storage trace, uint256 key) internal view returns (uint184) {
        uint256 head = trace.head;
        if (_keyOf(head) <= key) return uint184(head);
        uint256 later = _firstAfter(trace, key, _positionOf(head));
        unchecked {
            return later == 0 ? 0 : uint184(trace.past[later - 1]);
        }
    }

    /// @dev How many of the first `count` words have a key up to `key`, which is where the next one stands. What is
    /// asked for is mostly recent, so the search begins √`count` words before the end.
    function _firstAfter(Points storage trace, uint256 key, uint256 count) private view returns (uint256) {
        uint256 low = 0;
        uint256 high = count;
        unchecked {
            uint256 middle = count > FEW ? count - Math.sqrt(count) : count / 2;
            while (low < high) {
                if (_keyOf(trace.past[middle]) > key) high = middle;
                else low = middle + 1;
                middle = (low + high) / 2;
            }
        }
        return high;
    }

    function _keyOf(uint256 word) private pure returns (uint256) {
        return word >> KEY_SHIFT;
    }

    function _positionOf(uint256 word) private pure returns (uint256) {
        return uint32(word >> POSITION_SHIFT);
    }
}
