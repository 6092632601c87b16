// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title Licences: what a buyer may do with which edition
/// @notice
///
///      (none) ──issue──► active ◄──reinstate── suspended
///                          │ └──────suspend──────►  │
///                          └────────revoke──────────┴──► revoked (for ever)
///
/// A licence also ends by time: nothing is released, renewed or earned under it after `expiry`.
/// @dev Trust: the desk issues and revokes at a refund; the DAO (timelock) suspends, reinstates and revokes by vote, but
/// not from the t-th receipt to deliverBy: once the price is the members', no vote of theirs keeps the bundles back.
interface ILicence {
    enum Status {
        None,
        Active,
        Suspended,
        Revoked
    }

    /// @notice The buyer's right. Its id is that of the request it was granted for, where the terms' text and the key
    /// to release to stay: they are stored once.
    struct Grant {
        address holder;
        uint48 expiry;
        uint40 editionId;
        Status status;
        uint8 collection;
        uint32 purposes;
        uint48 issuedAt;
        uint16 royaltyBps;
    }

    error LicenceUnknown(uint64 licenceId);
    error LicenceExists(uint64 licenceId);
    error LicenceNotActive(uint64 licenceId, Status status);
    error LicenceNotSuspended(uint64 licenceId, Status status);
    error LicenceAlreadyRevoked(uint64 licenceId);

    event LicenceIssued(
        uint64 indexed licenceId,
        address indexed holder,
        uint40 indexed editionId,
        uint8 collection,
        uint32 purposes,
        uint48 expiry,
        uint16 royaltyBps,
        bytes32 termsHash,
        bytes32 releaseKey
    );
    event LicenceSuspended(uint64 indexed licenceId);
    event LicenceReinstated(uint64 indexed licenceId);
    event LicenceRevoked(uint64 indexed licenceId);

    /// @notice Records a granted licence; `grant.status` must be Active. Only the desk.
    /// @param termsHash Of the request, as `releaseKey` is; the event alone repeats both.
    function issue(uint64 licenceId, Grant calldata grant, bytes32 termsHash, bytes32 releaseKey) external;

    /// @notice Ends a licence whose price was refunded. Only the desk. One that the DAO revoked before stays as it is:
    /// a vote cannot stand between a buyer and its refund.
    function annul(uint64 licenceId) external;

    /// @notice Stops receipts, releases and renewals until reinstated. Only the timelock.
    function suspend(uint64 licenceId) external;

    /// @notice Only the timelock.
    function reinstate(uint64 licenceId) external;

    /// @notice Ends a licence for ever. Only the timelock.
    function revoke(uint64 licenceId) external;

    function licenceOf(uint64 licenceId) external view returns (Grant memory);

    /// @notice Whether the licence is active and not expired; false for an unknown one.
    function isInForce(uint64 licenceId) external view returns (bool);
}
