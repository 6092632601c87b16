// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IAccessDesk} from "../interfaces/IAccessDesk.sol";
import {X25519} from "./X25519.sol";

/// @title What terms and periods a request may have
library TermsRules {
    uint40 internal constant MIN_DURATION = 1 days;
    uint40 internal constant MAX_DURATION = 3650 days;
    uint16 internal constant MAX_ROYALTY_BPS = 5000;

    uint48 internal constant MIN_PERIOD = 1 minutes;
    uint48 internal constant MAX_PERIOD = 365 days;

    /// @notice Reverts with the first rule of {IAccessDesk} that `terms` break.
    /// @param offered The purposes of the terms' collection.
    /// @param minimum The minimum price in the terms' asset, zero if that is not allowed.
    function check(IAccessDesk.Terms calldata terms, uint32 offered, uint128 minimum) internal pure {
        bool inside = terms.purposes != 0 && terms.purposes & ~offered == 0;
        require(inside, IAccessDesk.PurposesNotOffered(terms.purposes, offered));
        require(minimum != 0, IAccessDesk.AssetNotAllowed(terms.asset));
        require(terms.price >= minimum, IAccessDesk.PriceTooLow(terms.price, minimum));
        bool lasting = terms.duration >= MIN_DURATION && terms.duration <= MAX_DURATION;
        require(lasting, IAccessDesk.DurationOutOfBounds(terms.duration));
        require(terms.royaltyBps <= MAX_ROYALTY_BPS, IAccessDesk.RoyaltyOutOfBounds(terms.royaltyBps));
        require(!X25519.isLowOrder(terms.releaseKey), IAccessDesk.ReleaseKeyLowOrder(terms.releaseKey));
    }

    /// @notice Gives back `period`, or reverts if it is out of bounds.
    function checkedPeriod(uint48 period) internal pure returns (uint48) {
        require(period >= MIN_PERIOD && period <= MAX_PERIOD, IAccessDesk.PeriodOutOfBounds(period));
        return period;
    }
}
