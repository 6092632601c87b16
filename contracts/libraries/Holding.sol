// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IContributionToken} from "../interfaces/IContributionToken.sol";

/// @title What one word of the token's traces says, in 184 bits
/// @notice
///
///      183       182            181 … 176  175 … 144  143 … 96  95 … 48  47 … 0
///      receives  away or moved  tenure     index      units 2   units 1  units 0
///
/// Of a member: units in each collection, its index (0: none yet), how often it left with all it had (tenure), whether
/// its own units vote through somebody else (away), whether it was ever given votes by others (receives). Of everybody
/// together: total units, as index the last one given, and whether the minter was ever moved (moved), so that a mint
/// learns from a word that it reads anyway who may mint.
library Holding {
    uint8 private constant UNITS_BITS = 48;
    uint8 private constant INDEX_SHIFT = 144;
    uint8 private constant TENURE_SHIFT = 176;
    uint8 private constant LAST_TENURE = 63;
    uint56 private constant MAX_UNITS = type(uint48).max;
    uint184 private constant UNITS_MASK = uint184(type(uint144).max);
    uint184 private constant INDEX_MASK = uint184(type(uint32).max) << INDEX_SHIFT;
    uint184 private constant FLAG = uint184(1) << 182;
    uint184 private constant RECEIVES = uint184(1) << 183;

    /// @notice `holding` with `units` more in `collection`; refused where they do not fit 48 bits.
    function add(uint184 holding, uint8 collection, uint56 units) internal pure returns (uint184) {
        uint56 held = unitsIn(holding, collection);
        unchecked {
            require(units <= MAX_UNITS - held, IContributionToken.UnitsOutOfBounds(held, units));
            return holding + (uint184(units) << _shift(collection));
        }
    }

    /// @notice `holding` with `units` less in `collection`; refused where it has fewer.
    function subtract(uint184 holding, uint8 collection, uint56 units) internal pure returns (uint184) {
        uint56 held = unitsIn(holding, collection);
        require(units <= held, IContributionToken.UnitsOutOfBounds(held, units));
        unchecked {
            return holding - (uint184(units) << _shift(collection));
        }
    }

    /// @notice The total without any unit of `holding`, which is part of it.
    function without(uint184 total, uint184 holding) internal pure returns (uint184) {
        unchecked {
            return total - (holding & UNITS_MASK);
        }
    }

    /// @notice `holding` of `member` with no unit, in its next tenure; refused after the last one.
    function left(uint184 holding, address member) internal pure returns (uint184) {
        require(tenure(holding) < LAST_TENURE, IContributionToken.TooManyDepartures(member));
        unchecked {
            return (holding & ~UNITS_MASK) + (uint184(1) << TENURE_SHIFT);
        }
    }

    function withIndex(uint184 holding, uint32 newIndex) internal pure returns (uint184) {
        return (holding & ~INDEX_MASK) | (uint184(newIndex) << INDEX_SHIFT);
    }

    function withAway(uint184 holding, bool away) internal pure returns (uint184) {
        return away ? holding | FLAG : holding & ~FLAG;
    }

    function withReceives(uint184 holding) internal pure returns (uint184) {
        return holding | RECEIVES;
    }

    function withMoved(uint184 total) internal pure returns (uint184) {
        return total | FLAG;
    }

    function unitsIn(uint184 holding, uint8 collection) internal pure returns (uint56) {
        return uint48(holding >> _shift(collection));
    }

    /// @notice Units of all collections together.
    function sum(uint184 holding) internal pure returns (uint184) {
        unchecked {
            return uint184(unitsIn(holding, 0)) + unitsIn(holding, 1) + unitsIn(holding, 2);
        }
    }

    function index(uint184 holding) internal pure returns (uint32) {
        return uint32(holding >> INDEX_SHIFT);
    }

    function tenure(uint184 holding) internal pure returns (uint8) {
        return uint8(holding >> TENURE_SHIFT) & LAST_TENURE;
    }

    function isAway(uint184 holding) internal pure returns (bool) {
        return holding & FLAG != 0;
    }

    function receives(uint184 holding) internal pure returns (bool) {
        return holding & RECEIVES != 0;
    }

    /// @notice Of the total only: the bit that says "away" of a member.
    function isMoved(uint184 total) internal pure returns (bool) {
        return total & FLAG != 0;
    }

    /// @dev `collection` is below three.
    function _shift(uint8 collection) private pure returns (uint8) {
        unchecked {
            return collection * UNITS_BITS;
        }
    }
}
