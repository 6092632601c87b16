// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IAccessDesk} from "./IAccessDesk.sol";

/// @title Metered use: pay for what is used, after delivery
/// @notice The holder signs how much it has used so far; anyone brings the newest such voucher, and what it adds is paid
/// from the holder's bond to the members of the licence's edition.
///
///      open ──silence for a period, or an empty bond──► lapsed ──bond full again──► open
///       └── close (holder) ──► closing ──a period later: take what is left──► closed
///
/// @dev Trust: nothing here measures. After delivery metering is an obligation, backed by the bond, the minimum for each
/// silent period, the DAO's right to suspend, and the arbiter; not by cryptography.
interface IUsageMeter {
    struct Account {
        address asset;
        uint48 reportedUntil;
        uint48 closedAt;
        uint128 balance;
        uint128 units;
        uint128 unitPrice;
        uint128 minimum;
        uint128 bond;
        uint40 period;
        bool lapsed;
        bool emptied;
    }

    /// @notice The holder's statement: `units` used since the beginning, as of `until`.
    struct Voucher {
        uint64 licenceId;
        uint128 units;
        uint48 until;
    }

    error NotMetered(uint64 licenceId);
    error AccountExists(uint64 licenceId);
    error NotHolder(address caller, address holder);
    error VoucherSignatureInvalid(address holder);
    /// @notice It states less use than is settled, or as much and no later date.
    error VoucherBehind(uint128 units, uint48 until, uint128 settledUnits, uint48 reportedUntil);
    error VoucherAhead(uint48 until, uint256 latest);
    error NothingSilent(uint64 licenceId, uint256 dueAt);
    error AlreadyClosing(uint64 licenceId);
    error NotClosed(uint64 licenceId, uint256 closesAt);
    error NothingLeft(uint64 licenceId);
    error ValueMismatch(uint256 value, uint256 expected);
    error AmountMismatch(uint256 received, uint256 expected);
    error NothingPaid();
    error PaymentFailed(address to, uint256 amount);

    event MeterOpened(
        uint64 indexed licenceId, address asset, uint128 unitPrice, uint128 minimum, uint128 bond, uint40 period
    );
    /// @param units Used since the beginning, as far as they are paid.
    event UsageSettled(uint64 indexed licenceId, uint40 indexed editionId, uint128 units, uint48 until, uint256 amount);
    event MinimumTaken(uint64 indexed licenceId, uint40 indexed editionId, uint256 periods, uint256 amount);
    event BondFunded(uint64 indexed licenceId, address indexed from, uint256 amount, uint128 balance);
    event MeterClosing(uint64 indexed licenceId, uint48 closesAt);
    event BondTaken(uint64 indexed licenceId, address indexed to, uint256 amount);
    /// @param reportHash Hash of the report that the payer publishes.
    event RoyaltyPaid(
        uint64 indexed licenceId,
        uint40 indexed editionId,
        address indexed from,
        address asset,
        uint256 amount,
        bytes32 reportHash
    );

    /// @notice Opens the account of a settled licence with its bond, as far as that arrives. The first voucher states all
    /// use since the grant; silence counts from now on. Only the desk.
    function open(uint64 licenceId, address asset, IAccessDesk.Metering calldata metering) external payable;

    /// @notice Pays what a voucher adds, with its holder's signature (EOA or ERC-1271) over
    /// `Voucher(uint64 licenceId,uint128 units,uint48 until)`. Anyone. Where the bond does not suffice, it pays as many
    /// whole units as it can, and the licence lapses. More use than is settled counts whatever its date, so that nobody
    /// escapes a voucher by a later one that states less.
    function settle(Voucher calldata voucher, bytes calldata signature) external;

    /// @notice Takes the minimum for each whole period that nobody has reported, and lets the licence lapse. Anyone.
    function takeMinimum(uint64 licenceId) external;

    /// @notice Adds to the bond; a licence that lapsed is restored once the bond is full. Anyone.
    function fund(uint64 licenceId, uint128 amount) external payable;

    /// @notice Ends the use: the licence lapses for ever, and a period later the rest of the bond is the holder's. Only
    /// the holder.
    function close(uint64 licenceId) external;

    /// @notice Sends what is left of a closed account to `to`, after the minimum for silent periods. Only the holder.
    function takeBond(uint64 licenceId, address to) external;

    /// @notice Pays a royalty to the members of the licence's edition. Anyone, at any time, for any licence.
    function payRoyalty(uint64 licenceId, address asset, uint256 amount, bytes32 reportHash) external payable;

    function accountOf(uint64 licenceId) external view returns (Account memory);

    /// @notice Whole periods that have passed without a report.
    function silentPeriods(uint64 licenceId) external view returns (uint256);
}
