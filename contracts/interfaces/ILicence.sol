// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title Licences: what a buyer may do with which edition
/// @notice
///
///      (none) ──issue──► active ◄──reinstate── suspended
///                          │ └──────suspend──────►  │
///                          └────────revoke──────────┴──► revoked (for ever)
///
/// A licence also ends by time: nothing is released, renewed or earned under it after `expiry`. Beside its status it may
/// be lapsed, while its usage is not reported or its bond not full ({IUsageMeter}); it is in force only where neither
/// keeps it from being so.
/// @dev Trust assumptions:
/// - the issuer (the desk, until a vote has moved the right, which takes {ISSUER_DELAY}) issues; who issued a licence
///   revokes it at a refund;
/// - the DAO (timelock) suspends, reinstates and revokes by vote, but not from the t-th receipt to deliverBy, nor within
///   a day of that receipt: once the price is the members', no vote of theirs keeps the bundles back;
/// - the holder alone may change the release key, after {KEY_DELAY} and before any receipt.
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
        bool lapsed;
    }

    error LicenceUnknown(uint64 licenceId);
    error LicenceExists(uint64 licenceId);
    error LicenceNotActive(uint64 licenceId, Status status);
    error LicenceNotSuspended(uint64 licenceId, Status status);
    error LicenceAlreadyRevoked(uint64 licenceId);
    error LicenceNotInForce(uint64 licenceId);
    error NotHolder(address caller, address holder);
    error ReleaseKeyUnsafe(bytes32 releaseKey);
    error NoKeyAnnounced(uint64 licenceId);
    error KeyTooEarly(uint64 licenceId, uint48 earliest, uint256 timestamp);
    error IssuerNotNominated(address caller, address nominee);
    error IssuerTooEarly(uint48 earliest, uint256 timestamp);

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

    /// @notice Usage is not reported, or the bond not full; {LicenceRestored} ends it.
    event LicenceLapsed(uint64 indexed licenceId);
    event LicenceRestored(uint64 indexed licenceId);
    event ReleaseKeyAnnounced(uint64 indexed licenceId, bytes32 releaseKey, uint48 earliest);
    event ReleaseKeyRotated(uint64 indexed licenceId, bytes32 releaseKey);

    /// @notice From `earliest` on `issuer` can take the right to issue; zero takes a nomination back.
    event IssuerNominated(address indexed issuer, uint48 earliest);
    event IssuerChanged(address indexed issuer);

    /// @notice Records a granted licence, whose status must be Active, and opens its delivery at the keepers. Only the
    /// issuer.
    /// @param termsHash Of the request, as `releaseKey` is; the event alone repeats both.
    function issue(uint64 licenceId, Grant calldata grant, bytes32 termsHash, bytes32 releaseKey, uint48 deliverBy)
        external;

    /// @notice Ends a licence whose price was refunded. Only who issued it, whoever issues now. One that the DAO revoked
    /// before stays as it is: a vote cannot stand between a buyer and its refund.
    function annul(uint64 licenceId) external;

    /// @notice Stops receipts, releases and renewals until reinstated. Only the timelock.
    function suspend(uint64 licenceId) external;

    /// @notice Only the timelock.
    function reinstate(uint64 licenceId) external;

    /// @notice Ends a licence for ever. Only the timelock.
    function revoke(uint64 licenceId) external;

    /// @notice Marks a licence as lapsed, or no longer so. Only the usage meter.
    function lapse(uint64 licenceId) external;
    function restore(uint64 licenceId) external;

    /// @notice Announces another key to release to; it holds once {KEY_DELAY} has passed and {applyReleaseKey} is called.
    /// Only the holder of a licence in force. Zero takes the announcement back.
    function announceReleaseKey(uint64 licenceId, bytes32 releaseKey) external;

    /// @notice Makes the announced key the one that receipts must name; refused after any receipt. Anyone.
    function applyReleaseKey(uint64 licenceId) external;

    /// @notice Begins the delay after which `issuer` may {takeIssuer}. Only the timelock.
    function nominateIssuer(address issuer) external;

    /// @notice Takes the right to issue. Only the nominated issuer, once the delay has passed.
    function takeIssuer() external;

    function issuer() external view returns (address);

    /// @notice Seconds between a nomination and the change of the issuer: 30 days.
    function ISSUER_DELAY() external view returns (uint48);

    /// @notice Seconds between the announcement of a release key and its use: 10 minutes.
    function KEY_DELAY() external view returns (uint48);

    function licenceOf(uint64 licenceId) external view returns (Grant memory);

    /// @notice Whether the licence is active, not lapsed and not expired; false for an unknown one.
    function isInForce(uint64 licenceId) external view returns (bool);
}
