// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IAccessDesk} from "../interfaces/IAccessDesk.sol";
import {Filings} from "./Filings.sol";
import {X25519} from "./X25519.sol";

/// @title What terms and periods a request may have
library TermsRules {
    uint40 internal constant MIN_DURATION = 1 days;
    uint40 internal constant MAX_DURATION = 3650 days;
    uint16 internal constant MAX_ROYALTY_BPS = 5000;

    uint40 internal constant MIN_REPORT_PERIOD = 1 hours;
    uint40 internal constant MAX_REPORT_PERIOD = 365 days;

    uint48 internal constant MIN_PERIOD = 1 minutes;
    /// Shorter than the time between two pauses of the council, so that at most one of them counts for a request.
    uint48 internal constant MAX_EXECUTION_PERIOD = 30 days;
    uint48 internal constant MAX_PERIOD = 365 days;

    /// @notice Reverts with the first rule of {IAccessDesk} that the terms of `filing` break.
    /// @param offered The purposes of the terms' collection.
    /// @param minimum The minimum price in the terms' asset, zero if that is not allowed.
    function check(Filings.Filing memory filing, uint32 offered, uint128 minimum) internal pure {
        bool inside = filing.purposes != 0 && filing.purposes & ~offered == 0;
        require(inside, IAccessDesk.PurposesNotOffered(filing.purposes, offered));
        require(minimum != 0, IAccessDesk.AssetNotAllowed(filing.asset));
        require(filing.price >= minimum, IAccessDesk.PriceTooLow(filing.price, minimum));
        bool lasting = filing.duration >= MIN_DURATION && filing.duration <= MAX_DURATION;
        require(lasting, IAccessDesk.DurationOutOfBounds(filing.duration));
        require(filing.royaltyBps <= MAX_ROYALTY_BPS, IAccessDesk.RoyaltyOutOfBounds(filing.royaltyBps));
        require(!X25519.isLowOrder(filing.releaseKey), IAccessDesk.ReleaseKeyLowOrder(filing.releaseKey));
    }

    /// @notice Reverts unless `metering` is whole, or absent (all zero). A bond that covers no unit could be full, and the
    /// licence in force, while nothing that is used is ever paid.
    function checkMetering(IAccessDesk.Metering memory metering) internal pure {
        bool whole = metering.unitPrice != 0 && metering.minimum != 0 && metering.bond >= metering.unitPrice
            && metering.bond >= metering.minimum && metering.period >= MIN_REPORT_PERIOD
            && metering.period <= MAX_REPORT_PERIOD;
        bool absent = metering.unitPrice | metering.minimum | metering.bond | metering.period == 0;
        require(whole || absent, IAccessDesk.MeteringOutOfBounds(metering));
    }

    /// @notice Gives back `period`, or reverts if it is out of bounds.
    function checkedPeriod(uint48 period, uint48 maximum) internal pure returns (uint48) {
        require(period >= MIN_PERIOD && period <= maximum, IAccessDesk.PeriodOutOfBounds(period));
        return period;
    }
}
