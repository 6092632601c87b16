// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A token for tests, with the faults that real ones have
/// @notice Six decimals. It can take a fee on transfers, refuse to pay an account, fail without a revert, and call
/// somebody else while it transfers.
contract MockToken is ERC20 {
    uint256 private constant BASIS = 10_000;

    uint16 public feeBps;
    bool public failsSilently;
    address private _target;
    mapping(address account => bool) public isBlocked;
    bytes private _call;
    /// Whether the last call to `_target` succeeded, and what it returned.
    bool public reentered;
    bytes public answer;

    error Blocked(address account);

    constructor() ERC20("Test dollar", "TUSD") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function setFee(uint16 bps) external {
        feeBps = bps;
    }

    function setFailsSilently(bool value) external {
        failsSilently = value;
    }

    function setBlocked(address account, bool value) external {
        isBlocked[account] = value;
    }

    /// @notice Calls `target` with `data` during every transfer from now on.
    function setReentry(address target, bytes calldata data) external {
        (_target, _call) = (target, data);
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        if (failsSilently) return false;
        return super.transfer(to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        if (failsSilently) return false;
        return super.transferFrom(from, to, amount);
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function _update(address from, address to, uint256 amount) internal override {
        require(!isBlocked[to], Blocked(to));
        uint256 fee = from == address(0) ? 0 : (amount * feeBps) / BASIS;
        super._update(from, to, amount - fee);
        if (fee != 0) super._update(from, address(0), fee);
        if (from != address(0) && _target != address(0)) (reentered, answer) = _target.call(_call);
    }
}
