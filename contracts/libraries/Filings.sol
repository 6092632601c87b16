// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IAccessDesk} from "../interfaces/IAccessDesk.sol";
import {ILicence} from "../interfaces/ILicence.sol";

/// @title A request as the desk stores it
/// @notice The fields of {IAccessDesk-Request}, ordered so that they fill five slots. Arbiter and metering, which few
/// requests have, are stored apart; two flags tell whether there are any. When it is delivered by follows from executeBy.
library Filings {
    struct Filing {
        address buyer;
        IAccessDesk.Status status;
        uint48 executeBy;
        uint40 minEdition;
        address asset;
        uint40 duration;
        uint8 collection;
        uint16 royaltyBps;
        bool arbitrated;
        bool metered;
        uint128 price;
        uint32 purposes;
        uint56 minUnits;
        /// last second to accept the counter-offer, zero where there is none
        uint40 acceptBy;
        bytes32 termsHash;
        bytes32 releaseKey;
    }

    function fromTerms(IAccessDesk.Terms calldata terms, address buyer, uint48 executeBy)
        internal
        pure
        returns (Filing memory)
    {
        return Filing({
            buyer: buyer,
            status: IAccessDesk.Status.Pending,
            executeBy: executeBy,
            minEdition: terms.minEdition,
            asset: terms.asset,
            duration: terms.duration,
            collection: terms.collection,
            royaltyBps: terms.royaltyBps,
            arbitrated: terms.arbiter != address(0),
            metered: terms.metering.bond != 0,
            price: terms.price,
            purposes: terms.purposes,
            minUnits: terms.minUnits,
            acceptBy: 0,
            termsHash: terms.termsHash,
            releaseKey: terms.releaseKey
        });
    }

    /// @notice Puts the terms of a counter-offer in the place of the buyer's.
    function answer(Filing memory filing, IAccessDesk.Counter memory terms) internal pure {
        filing.purposes = terms.purposes;
        filing.price = terms.price;
        filing.duration = terms.duration;
        filing.royaltyBps = terms.royaltyBps;
        filing.termsHash = terms.termsHash;
        filing.arbitrated = terms.arbiter != address(0);
        filing.metered = terms.metering.bond != 0;
    }

    function toTerms(Filing memory filing, address arbiter, IAccessDesk.Metering memory metering)
        internal
        pure
        returns (IAccessDesk.Terms memory)
    {
        return IAccessDesk.Terms({
            collection: filing.collection,
            purposes: filing.purposes,
            asset: filing.asset,
            price: filing.price,
            duration: filing.duration,
            royaltyBps: filing.royaltyBps,
            termsHash: filing.termsHash,
            releaseKey: filing.releaseKey,
            minEdition: filing.minEdition,
            minUnits: filing.minUnits,
            arbiter: arbiter,
            metering: metering
        });
    }

    /// @notice The licence that `filing` is granted at `timestamp`.
    function toGrant(Filing memory filing, uint40 editionId, uint48 timestamp)
        internal
        pure
        returns (ILicence.Grant memory)
    {
        return ILicence.Grant({
            holder: filing.buyer,
            expiry: timestamp + filing.duration,
            editionId: editionId,
            status: ILicence.Status.Active,
            collection: filing.collection,
            purposes: filing.purposes,
            issuedAt: timestamp,
            royaltyBps: filing.royaltyBps,
            lapsed: false
        });
    }
}
