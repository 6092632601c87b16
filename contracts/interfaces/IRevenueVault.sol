// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title Revenue: money per edition, claimed by exactly those whose data was in it
/// @notice due(member) = received × units of the member at the edition's timepoint ÷ units of all, rounded down,
/// minus what was claimed. Received is net of the stated cuts. One deposit serves any number of members.
/// @dev Trust assumptions:
/// - for each (edition, asset) Σ claimed ≤ Σ received, and the dust stays below one smallest unit for each member;
/// - an asset that misbehaves harms only what was deposited in that asset;
/// - cuts are fixed at creation and bounded: reserve ≤ 20 %, keepers ≤ 10 %.
interface IRevenueVault {
    error CutOutOfBounds(uint16 bps, uint16 maximum);
    error NothingDeposited();
    error NativeAmountMismatch(uint256 value, uint256 amount);
    error EditionWithoutUnits(uint40 editionId);
    error NothingDue(uint40 editionId, address asset, address member);
    error MembersNotIncreasing(address previous, address member);
    error TooManyMembers(uint256 count, uint256 maximum);
    error PaymentFailed(address payee, address asset, uint256 amount);
    error NothingParked(address member, address asset);
    error NothingReserved(address asset);
    error NothingDueToKeeper(uint32 epoch, uint8 index, address asset);
    error GasTooLow(uint256 available, uint256 needed);

    /// @param purpose What the money is for: keccak256 of a request id, or the hash of a royalty report.
    event Deposited(
        uint40 indexed editionId,
        address indexed asset,
        address indexed from,
        uint256 amount,
        uint256 reserveCut,
        uint256 keeperCut,
        bytes32 purpose
    );
    event Claimed(
        uint40 indexed editionId, address indexed asset, address indexed member, address payee, uint256 amount
    );
    event PayeeChanged(address indexed member, address payee);
    event Parked(address indexed member, address indexed asset, uint256 amount);
    event Collected(address indexed member, address indexed asset, address to, uint256 amount);
    event ReserveSwept(address indexed asset, uint256 amount);
    event KeeperPaid(uint32 indexed epoch, uint8 indexed index, address indexed asset, uint256 amount);

    /// @notice Pays `amount` of `asset` to the members of `editionId`; what arrives is what counts. Anyone.
    function deposit(uint40 editionId, address asset, uint256 amount, bytes32 purpose) external payable;

    /// @notice Takes what is due to the caller and sends it to the caller's payee.
    function claim(uint40 editionId, address asset) external returns (uint256 amount);

    /// @notice Claims for each of up to 100 members, in strictly increasing order of address. Anyone. Members with
    /// nothing due are passed over; a payment that fails is parked for the member, whatever its payee can or cannot do.
    function claimMany(uint40 editionId, address asset, address[] calldata members) external returns (uint256 total);

    /// @notice Chooses where the caller's payments go; zero means the caller.
    function setPayee(address payee) external;

    /// @notice Sends what was parked for the caller to `to`.
    function collect(address asset, address to) external returns (uint256 amount);

    /// @notice Sends the reserve's part to the timelock. Anyone.
    function sweepReserve(address asset) external returns (uint256 amount);

    /// @notice Sends a keeper's equal part of the keepers' cut to its operator. Anyone.
    function payKeeper(uint32 epoch, uint8 index, address asset) external returns (uint256 amount);

    /// @notice What `member` could claim now.
    function dueOf(uint40 editionId, address asset, address member) external view returns (uint256);

    /// @notice Net amount received for `editionId` so far.
    function receivedOf(uint40 editionId, address asset) external view returns (uint256);

    function claimedOf(uint40 editionId, address asset, address member) external view returns (uint256);

    function payeeOf(address member) external view returns (address);

    function parkedOf(address member, address asset) external view returns (uint256);

    function reserveOf(address asset) external view returns (uint256);

    function keeperDue(uint32 epoch, uint8 index, address asset) external view returns (uint256);

    /// @notice The cuts in basis points.
    function cuts() external view returns (uint16 reserveBps, uint16 keeperBps);
}
