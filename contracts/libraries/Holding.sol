// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IContributionToken} from "../interfaces/IContributionToken.sol";

/// @title What one checkpoint of the token says, in 208 bits
/// @notice
///
///      207       206   205 … 168  167 … 112  111 … 56  55 … 0
///      receives  away  index      units 2    units 1   units 0
///
/// Of a member: units in each collection, its index (0: none yet), whether its own units vote through somebody else
/// (away), whether it was ever given votes by others (receives). Of everybody together: total units, and as index the
/// last one given.
library Holding {
    uint8 private constant UNITS_BITS = 56;
    uint8 private constant INDEX_SHIFT = 168;
    /// 38 bits: at the price of one storage slot for each index, never exhausted.
    uint208 private constant INDEX_MASK = uint208((1 << 38) - 1) << INDEX_SHIFT;
    uint208 private constant AWAY = uint208(1) << 206;
    uint208 private constant RECEIVES = uint208(1) << 207;

    /// @notice `holding` with `units` more in `collection`; refused where they do not fit 56 bits.
    function add(uint208 holding, uint8 collection, uint56 units) internal pure returns (uint208) {
        uint56 held = unitsIn(holding, collection);
        require(units <= type(uint56).max - held, IContributionToken.UnitsOutOfBounds(held, units));
        unchecked {
            return holding + (uint208(units) << _shift(collection));
        }
    }

    /// @notice `holding` with `units` less in `collection`; refused where it has fewer.
    function subtract(uint208 holding, uint8 collection, uint56 units) internal pure returns (uint208) {
        uint56 held = unitsIn(holding, collection);
        require(units <= held, IContributionToken.UnitsOutOfBounds(held, units));
        unchecked {
            return holding - (uint208(units) << _shift(collection));
        }
    }

    function withIndex(uint208 holding, uint40 newIndex) internal pure returns (uint208) {
        return (holding & ~INDEX_MASK) | (uint208(newIndex) << INDEX_SHIFT);
    }

    function withAway(uint208 holding, bool away) internal pure returns (uint208) {
        return away ? holding | AWAY : holding & ~AWAY;
    }

    function withReceives(uint208 holding) internal pure returns (uint208) {
        return holding | RECEIVES;
    }

    function unitsIn(uint208 holding, uint8 collection) internal pure returns (uint56) {
        return uint56(holding >> _shift(collection));
    }

    /// @notice Units of all collections together.
    function sum(uint208 holding) internal pure returns (uint256) {
        return uint256(unitsIn(holding, 0)) + unitsIn(holding, 1) + unitsIn(holding, 2);
    }

    function index(uint208 holding) internal pure returns (uint40) {
        return uint40((holding & INDEX_MASK) >> INDEX_SHIFT);
    }

    function isAway(uint208 holding) internal pure returns (bool) {
        return holding & AWAY != 0;
    }

    function receives(uint208 holding) internal pure returns (bool) {
        return holding & RECEIVES != 0;
    }

    /// @dev `collection` is below three.
    function _shift(uint8 collection) private pure returns (uint8) {
        unchecked {
            return collection * UNITS_BITS;
        }
    }
}
