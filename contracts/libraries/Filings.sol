// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IAccessDesk} from "../interfaces/IAccessDesk.sol";
import {ILicence} from "../interfaces/ILicence.sol";

/// @title A request as the desk stores it
/// @notice The fields of {IAccessDesk-Request}, ordered so that they fill five slots instead of seven.
library Filings {
    struct Filing {
        address buyer;
        IAccessDesk.Status status;
        uint48 executeBy;
        uint40 minEdition;
        address asset;
        uint48 deliverBy;
        uint40 duration;
        uint8 collection;
        uint128 price;
        uint32 purposes;
        uint16 royaltyBps;
        uint56 minUnits;
        bytes32 termsHash;
        bytes32 releaseKey;
    }

    function fromTerms(IAccessDesk.Terms calldata terms, address buyer, uint48 executeBy, uint48 deliverBy)
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
            deliverBy: deliverBy,
            duration: terms.duration,
            collection: terms.collection,
            price: terms.price,
            purposes: terms.purposes,
            royaltyBps: terms.royaltyBps,
            minUnits: terms.minUnits,
            termsHash: terms.termsHash,
            releaseKey: terms.releaseKey
        });
    }

    function toRequest(Filing memory filing) internal pure returns (IAccessDesk.Request memory) {
        return IAccessDesk.Request({
            buyer: filing.buyer,
            status: filing.status,
            executeBy: filing.executeBy,
            deliverBy: filing.deliverBy,
            terms: IAccessDesk.Terms({
                collection: filing.collection,
                purposes: filing.purposes,
                asset: filing.asset,
                price: filing.price,
                duration: filing.duration,
                royaltyBps: filing.royaltyBps,
                termsHash: filing.termsHash,
                releaseKey: filing.releaseKey,
                minEdition: filing.minEdition,
                minUnits: filing.minUnits
            })
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
            royaltyBps: filing.royaltyBps
        });
    }
}
